update idempotency_keys
set worked = 1, made = $3
where workspace_id = $1 and key = $2 and worked = 0 and response_status is null
