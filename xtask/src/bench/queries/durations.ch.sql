-- How long visits lasted, by device: what Web analytics asks of every visit that began in the period.
-- $1 and $2: the period in milliseconds of UTC; $3 and $4: its first and last day.
with visits as (
    select
        h.visit as visit, argMin(h.device, h.at_ms) as device, min(h.at_ms) as began_ms,
        max(h.at_ms) - min(h.at_ms) as lasted_ms
    from hits as h
    where h.workspace = 1 and h.bot = ''
        and h.at_ms >= $1 - 86400000 and h.at_ms < $2 + 86400000 and $3 <= $4
    group by h.visit
)
select
    toString(device), toInt64(count()),
    toInt64(intDiv(2 * sum(lasted_ms) + 100 * count(), 200 * count()))
from visits
where began_ms >= $1 and began_ms < $2
group by device
