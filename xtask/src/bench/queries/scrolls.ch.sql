-- How far pages were read, by device: each page of a visit once, with its deepest scroll.
-- $1 and $2: the period in milliseconds of UTC; $3 and $4: its first and last day.
with pages as (
    select
        h.visit as visit, h.page_host as host, h.page_path as path,
        argMin(h.device, h.at_ms) as device, min(h.at_ms) as began_ms,
        max(h.scroll_percent) as deepest
    from hits as h
    where h.workspace = 1 and h.bot = '' and h.scroll_percent > 0
        and h.at_ms >= $1 - 86400000 and h.at_ms < $2 + 86400000 and $3 <= $4
    group by h.visit, h.page_host, h.page_path
)
select toString(device), toInt64(intDiv(20 * sum(deepest) + count(), 2 * count()))
from pages
where began_ms >= $1 and began_ms < $2
group by device
