update webhook_deliveries
set due_at = $3, attempts = 0, delivered_at = null
where workspace_id = $1 and id = $2
