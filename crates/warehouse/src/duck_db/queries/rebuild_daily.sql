-- Adds a workspace's hits and visits up by the days in staged_days.
delete from hits_daily where workspace = :workspace;

insert into hits_daily
select
    :workspace, day, traffic, bot,
    sum(clicks), sum(page_views), sum(events), sum(form_submits), sum(engaged_ms),
    sum(visits), sum(bounces)
from (
    select
        d.day, f.traffic, (f.bot <> '')::bigint as bot,
        (f.kind = 'click')::bigint as clicks,
        (f.kind = 'page_view')::bigint as page_views,
        (f.kind in ('event', 'revenue'))::bigint as events,
        (f.kind = 'form_submit')::bigint as form_submits,
        f.engaged_ms, 0 as visits, 0 as bounces
    from hits as f
    join staged_days as d
        on d.utc_day = f.at_ms // 86400000 and f.at_ms >= d.from_ms and f.at_ms < d.until_ms
    where f.workspace = :workspace
    union all
    select
        d.day, f.traffic, (f.bot <> '')::bigint, 0, 0, 0, 0, 0, f.visits, f.bounces
    from visits as f
    join staged_days as d
        on d.utc_day = f.at_ms // 86400000 and f.at_ms >= d.from_ms and f.at_ms < d.until_ms
    where f.workspace = :workspace
) as sources
group by day, traffic, bot
order by day, traffic, bot;
