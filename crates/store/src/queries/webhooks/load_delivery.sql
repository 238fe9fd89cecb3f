select id, workspace_id, webhook_id, message, topic, payload, created_at, due_at, attempts, status,
    failure, delivered_at
from webhook_deliveries
where workspace_id = $1 and id = $2
