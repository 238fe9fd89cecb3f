select s.status, m.status_group, cast(coalesce(sum(s.deals), 0) as bigint) as deals
from (
    select status, count(*) as deals
    from deals
    where workspace_id = $1 and archived_at is null
        and ($2 is null or coalesce(assignee_id, (
            select l.assignee_id
            from leads as l
            where l.workspace_id = deals.workspace_id and l.id = deals.lead_id
        ), 0) in (select value from json_each($2)))
        and ($3 is null or coalesce(traffic_key, 0) in (select value from json_each($3)))
    group by status
    union all
    select status, 0 as deals
    from deal_statuses
    where workspace_id = $1
) as s
left join deal_statuses as m on m.workspace_id = $1 and m.status = s.status
group by s.status, m.status_group
order by m.status_group is not null, s.status
