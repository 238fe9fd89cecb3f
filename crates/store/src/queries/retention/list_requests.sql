select id
from lead_requests
where workspace_id = $1 and state <> 'received' and received_at <= $2
order by received_at, id
limit $3
