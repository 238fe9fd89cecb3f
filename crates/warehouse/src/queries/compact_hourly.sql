create temporary table closed_hours as
select
    workspace, hour, traffic, device, country, site, bot,
    sum(hits)::bigint as hits,
    sum(clicks)::bigint as clicks,
    sum(page_views)::bigint as page_views,
    sum(events)::bigint as events,
    sum(form_submits)::bigint as form_submits,
    sum(engaged_ms)::bigint as engaged_ms,
    sum(visits)::bigint as visits,
    sum(bounces)::bigint as bounces
from hits_hourly
where hour < :hour
group by workspace, hour, traffic, device, country, site, bot;

delete from hits_hourly where hour < :hour;

insert into hits_hourly
select
    workspace, hour, traffic, device, country, site, bot,
    hits, clicks, page_views, events, form_submits, engaged_ms, visits, bounces
from closed_hours
order by workspace, hour, traffic, device, country, site, bot;

drop table closed_hours;
