-- The third level of the drill-down: ad groups of one campaign.
-- $1 and $2: the period in milliseconds of UTC; $3 and $4: its first and last day.
with reported as (
    select f.day, l.source, l.campaign
    from costs as f
    join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
    where f.workspace = 1 and f.day between $3 and $4 and l.channel = 1 and l.campaign = 'campaign 3'
    group by all
    having sum(f.clicks) <> 0
),
clicks as (
    select l.ad_group as ad_group, toInt64(count()) as clicks
    from hits as f
    join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
    left anti join reported as r
        on r.day = intDiv(f.at_ms + 10800000, 86400000)
        and r.source = l.source and r.campaign = l.campaign
    where f.workspace = 1 and f.at_ms >= $1 and f.at_ms < $2
        and f.bot = '' and f.kind = 'click' and l.channel = 1 and l.campaign = 'campaign 3'
    group by all
),
spend as (
    select l.ad_group as ad_group, sum(f.clicks) as clicks, sum(f.cost_micros) as cost
    from costs as f
    join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
    where f.workspace = 1 and f.day between $3 and $4 and l.channel = 1 and l.campaign = 'campaign 3'
    group by all
),
touches_of_people as (
    select * from touches left semi join outcomes using (workspace, visitor) where workspace = 1
),
owed as (
    select
        f.*, coalesce(n.traffic, d.traffic, 0) as traffic,
        coalesce(n.at_ms, d.at_ms, f.created_ms) as touch_at_ms
    from outcomes as f
    asof left join (select * from touches_of_people where direct = 0) as n
        on n.workspace = f.workspace and n.visitor = f.visitor and n.at_ms <= f.created_ms
    asof left join touches_of_people as d
        on d.workspace = f.workspace and d.visitor = f.visitor and d.at_ms <= f.created_ms
    where f.workspace = 1
),
money as (
    select
        l.ad_group as ad_group,
        sum(f.leads) as leads, sum(f.sales) as sales, sum(f.revenue_micros) as revenue
    from owed as f
    join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
    where f.workspace = 1 and f.touch_at_ms >= $1 and f.touch_at_ms < $2 and l.channel = 1 and l.campaign = 'campaign 3'
    group by all
),
parts as (
    select ad_group, clicks, 0 as cost, 0 as leads, 0 as sales, 0 as revenue from clicks
    union all
    select ad_group, clicks, cost, 0, 0, 0 from spend
    union all
    select ad_group, 0, 0, leads, sales, revenue from money
)
select
    nullIf(ad_group, ''), sum(p.cost), sum(p.clicks), sum(p.leads), sum(p.sales), sum(p.revenue)
from parts as p
group by ad_group
order by ad_group
