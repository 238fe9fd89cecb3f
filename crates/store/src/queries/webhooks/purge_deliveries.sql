delete from webhook_deliveries
where created_at <= $1
