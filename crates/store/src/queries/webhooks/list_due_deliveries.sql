select id, workspace_id, webhook_id, message, topic, payload, created_at, due_at, attempts, status,
    failure, delivered_at
from webhook_deliveries
where webhook_id = $1 and due_at <= $2
order by due_at, id
limit $3
