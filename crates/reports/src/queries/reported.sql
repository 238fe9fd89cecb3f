select f.day as day, coalesce(l.campaign_key, 0) as campaign_key
from costs as f
left join :labels as l on l.workspace = f.workspace and l.traffic = f.traffic
where f.workspace = :workspace
    and f.day between :first and :last
    and f.recorded_ms <= :known_on
group by f.day, coalesce(l.campaign_key, 0)
having sum(f.clicks) <> 0
