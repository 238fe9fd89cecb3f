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
        date_trunc('month', epoch_ms(f.at_ms + 10800000)) as month,
        count(*) as clicks
    from hits as f
    join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
    anti join reported as r
        on r.day = (f.at_ms + 10800000) // 86400000
        and r.source = l.source and r.campaign = l.campaign
    where f.workspace = 1 and f.at_ms >= $1 and f.at_ms < $2
        and f.bot = '' and f.kind = 'click'
    group by all
),
visits as (
    select date_trunc('month', epoch_ms(at_ms + 10800000)) as month, sum(visits) as visits
    from visits
    where workspace = 1 and at_ms >= $1 and at_ms < $2 and bot = ''
    group by all
),
spend as (
    select
        date_trunc('month', date '1970-01-01' + day::integer) as month,
        sum(impressions) as impressions, sum(clicks) as clicks, sum(cost_micros) as cost
    from costs
    where workspace = 1 and day between $3 and $4
    group by all
),
touches_of_people as (
    select * from touches semi join outcomes using (workspace, visitor) where workspace = 1
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
        date_trunc('month', epoch_ms(f.touch_at_ms + 10800000)) as month,
        sum(f.leads) as leads, sum(f.qualified) as qualified, sum(f.sales) as sales,
        sum(f.revenue_micros) as revenue, sum(f.cost_of_goods_micros) as cost_of_goods
    from owed as f
    where f.workspace = 1 and f.touch_at_ms >= $1 and f.touch_at_ms < $2
    group by all
)
select
    strftime(month, '%Y-%m-%d') as month,
    coalesce(spend.cost, 0)::hugeint,
    coalesce(revenue, 0)::hugeint,
    coalesce(revenue - cost_of_goods, 0)::hugeint,
    coalesce(sales, 0)::hugeint,
    coalesce(impressions, 0)::hugeint,
    (coalesce(spend.clicks, 0) + coalesce(clicks.clicks, 0))::hugeint,
    coalesce(visits, 0)::hugeint,
    coalesce(leads, 0)::hugeint,
    coalesce(qualified, 0)::hugeint
from spend
full join clicks using (month)
full join visits using (month)
full join money using (month)
order by month
