-- A batch's sums, by traffic and by campaign.
insert into hits_daily
select * from staged_daily;

insert into campaign_days
select
    d.workspace, d.day, l.channel, l.subchannel,
    coalesce(l.source, ''), coalesce(l.campaign, ''), coalesce(l.campaign_key, 0), d.bot,
    sum(d.clicks), sum(d.page_views), sum(d.events), sum(d.form_submits), sum(d.engaged_ms),
    sum(d.visits), sum(d.bounces)
from staged_daily as d
left join labels as l on l.workspace = d.workspace and l.traffic = d.traffic
group by all
order by all;
