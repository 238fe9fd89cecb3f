update webhook_deliveries
set attempts = attempts + 1, due_at = $3
where id = $1 and attempts = $2 and due_at is not null
