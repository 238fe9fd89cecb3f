update webhook_deliveries
set due_at = $2, status = $3, failure = $4, delivered_at = $5
where id = $1
