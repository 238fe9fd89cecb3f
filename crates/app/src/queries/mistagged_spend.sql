-- Campaigns with spend but not one tagged visit: their links lack the tags the costs carry; and
-- whether anything was visited at all.
with spend as (
    select labels.campaign, sum(costs.cost_micros) as cost_micros
    from costs
    join labels on labels.workspace = costs.workspace and labels.traffic = costs.traffic
    where costs.workspace = $1 and costs.day >= $2 and costs.platform <> 'manual'
        and labels.campaign <> ''
    group by labels.campaign
    having sum(costs.cost_micros) > 0
),
seen as (
    select distinct labels.campaign
    from visits
    join labels on labels.workspace = visits.workspace and labels.traffic = visits.traffic
    where visits.workspace = $1 and visits.at_ms >= $3 and visits.bot = ''
)
select spend.campaign,
    exists (
        select 1 from visits where workspace = $1 and at_ms >= $3 and bot = ''
    )::integer as is_visited
from spend
left join seen on seen.campaign = spend.campaign
where seen.campaign is null
order by spend.cost_micros desc, spend.campaign
limit 3
