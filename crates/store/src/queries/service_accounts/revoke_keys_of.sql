update api_keys
set revoked_at = $3
where workspace_id = $1 and service_account_id = $2 and revoked_at is null
