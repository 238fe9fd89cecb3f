delete from idempotency_keys
where workspace_id = $1 and key = $2 and response_status is null and worked = 0
