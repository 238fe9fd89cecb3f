-- Adds a workspace's days up by the labels of now.
delete from campaign_days where workspace = :workspace;

insert into campaign_days
select
    d.workspace, d.day, l.channel, l.subchannel,
    coalesce(l.source, ''), coalesce(l.campaign, ''), coalesce(l.campaign_key, 0), d.bot,
    sum(d.clicks), sum(d.page_views), sum(d.events), sum(d.form_submits), sum(d.engaged_ms),
    sum(d.visits), sum(d.bounces)
from hits_daily as d
left join labels as l on l.workspace = d.workspace and l.traffic = d.traffic
where d.workspace = :workspace
group by all
order by all;
