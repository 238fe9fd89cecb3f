select count(*)
from webhook_deliveries
where workspace_id = $1 and webhook_id = $2 and topic = $3 and created_at >= $4
