select id_hi, id_lo
from staged_ids
semi join outcomes using (id_hi, id_lo)
