select count(*), min(at_ms)
from hits
where workspace = $1 and at_ms + delay_ms > $2 and at_ms + delay_ms <= $3
