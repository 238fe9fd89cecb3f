select id_hi, id_lo, max(at_ms) as at_ms
from hits
semi join staged_ids using (id_hi, id_lo)
where at_ms >= $1
group by id_hi, id_lo
