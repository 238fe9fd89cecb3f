select id_hi, id_lo
from staged_ids
semi join lead_states using (id_hi, id_lo)
