select min(first_ms), max(last_ms)
from (
    select min(at_ms) as first_ms, max(at_ms) as last_ms from hits where workspace = $1
    union all
    select min(at_ms), max(at_ms) from visits where workspace = $1
)
