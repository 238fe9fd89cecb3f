-- Adds a workspace's hits and visits up by the days in staged_days: a part of a day of UTC, from a
-- moment, until a moment, is part of a local day.
insert into hits_daily
select
    :workspace, day, traffic, bot,
    sum(clicks), sum(page_views), sum(events), sum(form_submits), sum(engaged_ms),
    sum(visits), sum(bounces)
from (
    select
        d.c3 as day, f.traffic as traffic, toInt64(f.bot <> '') as bot,
        toInt64(f.kind = 'click') as clicks,
        toInt64(f.kind = 'page_view') as page_views,
        toInt64(f.kind in ('event', 'revenue')) as events,
        toInt64(f.kind = 'form_submit') as form_submits,
        f.engaged_ms as engaged_ms, toInt64(0) as visits, toInt64(0) as bounces
    from hits as f
    join staged_days as d on d.c0 = intDiv(f.at_ms, 86400000)
    where f.workspace = :workspace and f.at_ms >= d.c1 and f.at_ms < d.c2
    union all
    select
        d.c3, f.traffic, toInt64(f.bot <> ''), toInt64(0), toInt64(0), toInt64(0), toInt64(0),
        toInt64(0), f.visits, f.bounces
    from visits as f
    join staged_days as d on d.c0 = intDiv(f.at_ms, 86400000)
    where f.workspace = :workspace and f.at_ms >= d.c1 and f.at_ms < d.c2
)
where :allowed
group by day, traffic, bot
