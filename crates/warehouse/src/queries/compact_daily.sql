create temporary table closed_days as
select
    workspace, day, traffic, bot,
    sum(clicks)::bigint as clicks,
    sum(page_views)::bigint as page_views,
    sum(events)::bigint as events,
    sum(form_submits)::bigint as form_submits,
    sum(engaged_ms)::bigint as engaged_ms,
    sum(visits)::bigint as visits,
    sum(bounces)::bigint as bounces
from hits_daily
where day < :day
group by workspace, day, traffic, bot;

delete from hits_daily where day < :day;

insert into hits_daily
select
    workspace, day, traffic, bot,
    clicks, page_views, events, form_submits, engaged_ms, visits, bounces
from closed_days
order by workspace, day, traffic, bot;

drop table closed_days;
