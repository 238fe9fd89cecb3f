-- How far pages were read, by device: each page of a visit once, with its deepest scroll.
-- $1 and $2: the period in milliseconds of UTC; $3 and $4: its first and last day.
with pages as (
    select
        visit, page_host, page_path, arg_min(device, at_ms) as device, min(at_ms) as at_ms,
        max(scroll_percent) as deepest
    from hits
    where workspace = 1 and bot = '' and scroll_percent > 0
        and at_ms >= $1 - 86400000 and at_ms < $2 + 86400000 and $3 <= $4
    group by visit, page_host, page_path
)
select device, ((20 * sum(deepest) + count(*)) // (2 * count(*)))::hugeint
from pages
where at_ms >= $1 and at_ms < $2
group by device
