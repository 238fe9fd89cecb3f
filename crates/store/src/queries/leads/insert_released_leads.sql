insert into lead_assignments (workspace_id, lead_id, at, from_id, to_id, author_id)
select workspace_id, id, $4, $2, null, $3
from leads
where workspace_id = $1 and assignee_id = $2
order by id
