select at, from_id, to_id, author_id
from lead_assignments
where workspace_id = $1 and lead_id = $2
order by id
