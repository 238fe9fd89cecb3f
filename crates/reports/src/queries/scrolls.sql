-- A page view is reported on again and again, each time with the deepest scroll so far. A page of
-- a visit is the row of its first report, with the deepest of all.
select f.*, max(f.scroll_percent) over page as deepest
from hits as f
where f.workspace = :workspace
    and f.scroll_percent > 0
    and f.at_ms >= :from and f.at_ms < :until
    and f.at_ms + f.delay_ms <= :known_on
window page as (partition by f.visit, f.page_host, f.page_path)
qualify row_number() over (
    partition by f.visit, f.page_host, f.page_path order by f.at_ms, f.seq
) = 1
