select count(*)
from secrets
