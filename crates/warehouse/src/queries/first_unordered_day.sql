-- The first day with hits that was not put in order yet.
select min(at_ms // 86400000)
from hits
where at_ms >= 86400000 * coalesce(
    (select max(value::bigint) from meta where key = 'ordered_until_day'), 0
)
