select id, workspace_id, door, body, headers, received_at, state, lead_id, error, request_key
from lead_requests
where workspace_id = $1 and (lead_id in (select value from json_each($2)) or lead_id is null)
order by id
