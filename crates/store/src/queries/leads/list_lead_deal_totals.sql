select d.lead_id, count(*) as deals,
    cast(coalesce(sum(p.revenue_micros), 0) as bigint) as revenue_micros
from deals as d
join leads as l on l.workspace_id = d.workspace_id and l.id = d.lead_id
left join deal_posted as p on p.workspace_id = d.workspace_id and p.deal_id = d.id
where d.workspace_id = $1 and d.archived_at is null
    and d.lead_id in (select value from json_each($2))
    and ($3 is null
        or coalesce(d.assignee_id, l.assignee_id, 0) in (select value from json_each($3)))
    and ($4 is null or coalesce(d.traffic_key, 0) in (select value from json_each($4)))
group by d.lead_id
order by d.lead_id
