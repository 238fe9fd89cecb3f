-- Only days that batches have added rows to are written again, so that the file does not grow
-- by what has not changed.
create temporary table closed_days as
select distinct day from unsummed_days where day < :day;

create temporary table summed_hits as
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
semi join closed_days using (day)
group by workspace, day, traffic, bot;

create temporary table summed_campaigns as
select
    workspace, day, channel, subchannel, source, campaign, campaign_key, bot,
    sum(clicks)::bigint as clicks,
    sum(page_views)::bigint as page_views,
    sum(events)::bigint as events,
    sum(form_submits)::bigint as form_submits,
    sum(engaged_ms)::bigint as engaged_ms,
    sum(visits)::bigint as visits,
    sum(bounces)::bigint as bounces
from campaign_days
semi join closed_days using (day)
group by workspace, day, channel, subchannel, source, campaign, campaign_key, bot;

delete from hits_daily where day in (select day from closed_days);
delete from campaign_days where day in (select day from closed_days);

insert into hits_daily
select * from summed_hits
order by workspace, day, traffic, bot;

insert into campaign_days
select * from summed_campaigns
order by workspace, day, channel, subchannel, source, campaign, campaign_key, bot;

delete from unsummed_days where day < :day;

drop table summed_campaigns;
drop table summed_hits;
drop table closed_days;
