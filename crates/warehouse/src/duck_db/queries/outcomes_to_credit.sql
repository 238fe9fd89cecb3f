-- Outcomes of visitors whose earlier touches have just arrived.
select workspace, id_hi, id_lo, visitor, created_ms, declared
from outcomes
join staged_touches using (workspace, visitor)
where outcomes.created_ms >= staged_touches.at_ms
order by id_hi, id_lo
