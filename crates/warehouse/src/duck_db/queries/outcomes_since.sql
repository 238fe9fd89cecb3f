-- Outcomes of known visitors that were created at a moment or later.
select workspace, id_hi, id_lo, visitor, created_ms, declared
from outcomes
where workspace = $1 and created_ms >= $2 and visitor <> 0
order by id_hi, id_lo
