select id_hi, id_lo
from :table
where (id_lo, id_hi) in (select c1, c0 from staged_ids)
