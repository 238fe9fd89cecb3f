-- How long visits lasted, by device: what Web analytics asks of every visit that began in the period.
-- $1 and $2: the period in milliseconds of UTC; $3 and $4: its first and last day.
with visits as (
    select
        visit, arg_min(device, at_ms) as device, min(at_ms) as at_ms,
        max(at_ms) - min(at_ms) as lasted_ms
    from hits
    where workspace = 1 and bot = ''
        and at_ms >= $1 - 86400000 and at_ms < $2 + 86400000 and $3 <= $4
    group by visit
)
select device, count(*)::hugeint, ((2 * sum(lasted_ms) + 100 * count(*)) // (200 * count(*)))::hugeint
from visits
where at_ms >= $1 and at_ms < $2
group by device
