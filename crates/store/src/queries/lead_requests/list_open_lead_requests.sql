select id, workspace_id, door, body, headers, received_at, state, lead_id, error, request_key
from lead_requests
where state = 'received' and id > $1 and id <= $2
order by id
limit $3
