select request_hash, response_status, response_body, worked, made
from idempotency_keys
where workspace_id = $1 and key = $2
