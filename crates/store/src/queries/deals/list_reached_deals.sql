select id
from deals
where workspace_id = $1 and id in (select value from json_each($2))
    and ($3 is null or coalesce(assignee_id, (
            select l.assignee_id
            from leads as l
            where l.workspace_id = deals.workspace_id and l.id = deals.lead_id
        ), 0) in (select value from json_each($3)))
    and ($4 is null or coalesce(traffic_key, 0) in (select value from json_each($4)))
order by id
