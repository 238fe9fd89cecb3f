select at_ms, seq, traffic
from touches
where workspace = $1 and visitor = $2 and at_ms < $3
order by at_ms desc, seq desc
limit 500
