select id_hi, id_lo, max(at_ms)
from hits
where at_ms >= $1 and (id_lo, id_hi) in (select c1, c0 from staged_ids)
group by id_hi, id_lo
