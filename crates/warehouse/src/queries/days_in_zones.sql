select
    workspace, day, traffic, bot,
    sum(clicks) as clicks, sum(page_views) as page_views, sum(events) as events,
    sum(form_submits) as form_submits, sum(engaged_ms) as engaged_ms, sum(visits) as visits,
    sum(bounces) as bounces
from hits_daily
where workspace in (select workspace from time_zones)
group by workspace, day, traffic, bot
having sum(clicks) <> 0 or sum(page_views) <> 0 or sum(events) <> 0 or sum(form_submits) <> 0
    or sum(engaged_ms) <> 0 or sum(visits) <> 0 or sum(bounces) <> 0
