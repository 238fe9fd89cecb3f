select id_hi, id_lo
from staged_ids
semi join costs using (id_hi, id_lo)
