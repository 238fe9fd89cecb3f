select count(*) as rows, min(received_at) as oldest
from lead_requests
where workspace_id = $1 and state <> 'received' and received_at <= $2
