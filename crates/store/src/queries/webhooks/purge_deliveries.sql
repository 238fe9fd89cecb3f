delete from webhook_deliveries
where due_at is null and created_at <= $1
