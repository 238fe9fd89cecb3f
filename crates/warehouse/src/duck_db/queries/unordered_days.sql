-- Days with hits that were not put in order yet, and how many each has.
select at_ms // 86400000 as day, count(*)
from hits
where at_ms >= 86400000 * coalesce(
    (select max(value::bigint) from meta where key = 'ordered_until_day'), 0
) and at_ms < $1
group by day
order by day
