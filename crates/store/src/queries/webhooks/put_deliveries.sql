insert into webhook_deliveries (workspace_id, webhook_id, message, topic, payload, created_at,
    due_at)
values ($1, $2, $3, $4, $5, $6, $7)
