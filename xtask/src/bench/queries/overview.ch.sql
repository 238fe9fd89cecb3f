-- The Overview's numbers by month, as one writes them over the raw facts.
-- $1 and $2: the period in milliseconds of UTC; $3 and $4: its first and last day.
with reported as (
    select f.day, l.source, l.campaign
    from costs as f
    join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
    where f.workspace = 1 and f.day between $3 and $4
    group by all
    having sum(f.clicks) <> 0
),
clicks as (
    select
        toStartOfMonth(toDate(intDiv(f.at_ms + 10800000, 86400000))) as month,
        toInt64(count()) as clicks
    from hits as f
    join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
    left anti join reported as r
        on r.day = intDiv(f.at_ms + 10800000, 86400000)
        and r.source = l.source and r.campaign = l.campaign
    where f.workspace = 1 and f.at_ms >= $1 and f.at_ms < $2
        and f.bot = '' and f.kind = 'click'
    group by all
),
visited as (
    select toStartOfMonth(toDate(intDiv(at_ms + 10800000, 86400000))) as month, sum(visits) as visits
    from visits
    where workspace = 1 and at_ms >= $1 and at_ms < $2 and bot = ''
    group by all
),
spend as (
    select
        toStartOfMonth(toDate(day)) as month,
        sum(impressions) as impressions, sum(clicks) as clicks, sum(cost_micros) as cost
    from costs
    where workspace = 1 and day between $3 and $4
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
        toStartOfMonth(toDate(intDiv(f.touch_at_ms + 10800000, 86400000))) as month,
        sum(f.leads) as leads, sum(f.qualified) as qualified, sum(f.sales) as sales,
        sum(f.revenue_micros) as revenue, sum(f.cost_of_goods_micros) as cost_of_goods
    from owed as f
    where f.workspace = 1 and f.touch_at_ms >= $1 and f.touch_at_ms < $2
    group by all
),
parts as (
    select
        month, impressions, clicks, cost, 0 as visits, 0 as leads, 0 as qualified, 0 as sales,
        0 as revenue, 0 as cost_of_goods
    from spend
    union all
    select month, 0, clicks, 0, 0, 0, 0, 0, 0, 0 from clicks
    union all
    select month, 0, 0, 0, visits, 0, 0, 0, 0, 0 from visited
    union all
    select month, 0, 0, 0, 0, leads, qualified, sales, revenue, cost_of_goods from money
)
select
    toString(month),
    sum(p.cost), sum(p.revenue), sum(p.revenue - p.cost_of_goods), sum(p.sales),
    sum(p.impressions), sum(p.clicks), sum(p.visits), sum(p.leads), sum(p.qualified)
from parts as p
group by month
order by month
