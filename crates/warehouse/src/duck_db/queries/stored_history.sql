select id_hi, id_lo
from staged_ids
semi join history using (id_hi, id_lo)
