select name, value
from revisions
order by name
