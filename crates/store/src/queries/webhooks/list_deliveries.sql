select id, workspace_id, webhook_id, message, topic, payload, created_at, due_at, attempts, status,
    failure, delivered_at
from webhook_deliveries
where workspace_id = $1 and webhook_id = $2 and (created_at, id) < ($3, $4)
order by created_at desc, id desc
limit $5
