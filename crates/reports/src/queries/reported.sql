select
    f.day as day,
    coalesce(l.source, '') as source,
    coalesce(l.campaign, '') as campaign
from costs as f
left join labels as l on l.workspace = f.workspace and l.traffic = f.traffic
where f.workspace = :workspace
    and f.day between :first and :last
    and f.recorded_ms <= :known_on
group by f.day, coalesce(l.source, ''), coalesce(l.campaign, '')
having sum(f.clicks) <> 0
