select workspace, visitor, at_ms, seq, traffic, direct
from touches
where (workspace, visitor) in (select c0, c1 from staged_visitors)
    and coalesce(import, 0) not in (select import from withdrawn where batch = :batch)
order by workspace, visitor, at_ms, seq, traffic
