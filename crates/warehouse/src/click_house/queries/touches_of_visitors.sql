select workspace, visitor, at_ms, seq, traffic, direct
from touches
where (workspace, visitor) in (select c0, c1 from staged_visitors)
order by workspace, visitor, at_ms, seq, traffic
