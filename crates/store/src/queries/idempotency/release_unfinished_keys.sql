delete from idempotency_keys
where response_status is null
