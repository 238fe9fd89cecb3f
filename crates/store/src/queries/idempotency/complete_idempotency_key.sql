update idempotency_keys
set response_status = $3, response_body = $4
where workspace_id = $1 and key = $2
