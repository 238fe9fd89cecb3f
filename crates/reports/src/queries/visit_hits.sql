select
    h.visit,
    sum(case when h.kind = 'page_view' then 1 else 0 end),
    sum(case when h.kind in ('page_view', 'engagement', 'click') then 0 else 1 end),
    max(h.visit_age_ms),
    sum(h.engaged_ms)
from hits as h
where h.workspace = :workspace
    and h.at_ms >= :from and h.at_ms < :until
    and h.visitor in (:visitors)
    and h.visit in (:visits)
group by h.visit
