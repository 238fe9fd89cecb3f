select id, workspace_id, door, body, headers, received_at, state, lead_id, error
from lead_requests
where workspace_id = $1 and id = $2
