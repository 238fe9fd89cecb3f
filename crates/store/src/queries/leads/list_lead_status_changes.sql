select at, from_status, to_status, author_id
from lead_status_history
where workspace_id = $1 and lead_id = $2
order by at, id
