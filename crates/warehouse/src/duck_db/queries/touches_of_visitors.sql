select workspace, visitor, at_ms, seq, traffic, direct
from touches
semi join staged_visitors using (workspace, visitor)
order by workspace, visitor, at_ms, seq, traffic
