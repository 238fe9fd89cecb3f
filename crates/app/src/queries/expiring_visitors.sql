-- Visitors who still are somebody in what was recorded until a moment, some of them behind one: real
-- ids are random numbers of eight bytes and pseudonyms of six; a small real one has pages or a
-- browser.
select visitor
from (
    select visitor
    from hits
    where workspace = $1 and at_ms + delay_ms <= $2 and visitor > $3
        and (visitor > 281474976710655 or page_path <> '' or browser <> '')
    union all
    select visitor
    from touches
    where workspace = $1 and at_ms + delay_ms <= $2 and visitor > $3
        and visitor > 281474976710655
    union all
    select visitor
    from outcomes
    where workspace = $1 and recorded_ms <= $2 and visitor > $3 and visitor > 281474976710655
) as known
group by visitor
order by visitor
limit 100000
