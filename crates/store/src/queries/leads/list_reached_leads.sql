select id
from leads
where workspace_id = $1 and id in (select value from json_each($2))
    and ($3 is null or coalesce(assignee_id, 0) in (select value from json_each($3)))
    and ($4 is null or coalesce(traffic_key, 0) in (select value from json_each($4)))
order by id
