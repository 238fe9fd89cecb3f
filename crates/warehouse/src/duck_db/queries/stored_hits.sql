select id_hi, id_lo
from staged_ids
semi join repeatable_hits using (id_hi, id_lo)
