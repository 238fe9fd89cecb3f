-- The visitors of expiring_visitors.sql.
select count(distinct visitor), min(recorded_ms)
from (
    select visitor, at_ms + delay_ms as recorded_ms
    from hits
    where workspace = $1 and at_ms + delay_ms <= $2
        and (visitor > 281474976710655 or page_path <> '' or browser <> '')
    union all
    select visitor, at_ms + delay_ms as recorded_ms
    from touches
    where workspace = $1 and at_ms + delay_ms <= $2 and visitor > 281474976710655
    union all
    select visitor, recorded_ms
    from outcomes
    where workspace = $1 and recorded_ms <= $2 and visitor > 281474976710655
) as known
