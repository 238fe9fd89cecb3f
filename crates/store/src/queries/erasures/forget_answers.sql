update idempotency_keys
set response_status = null, response_body = null
where workspace_id = $1 and worked = 1 and made in (select value from json_each($2))
