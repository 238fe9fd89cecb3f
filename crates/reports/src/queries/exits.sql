-- The page that was seen last in each visit; of two at one moment, the one that came later.
select
    h.visit as visit,
    argMax(h.page_host || h.page_path, h.at_ms * 1000000 + h.seq % 1000000) as page
from hits as h
where h.workspace = :workspace
    and h.kind = 'page_view'
    and h.at_ms >= :from and h.at_ms < :until
    and h.at_ms + h.delay_ms <= :known_on
group by h.visit
