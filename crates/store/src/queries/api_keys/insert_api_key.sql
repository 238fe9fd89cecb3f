insert into api_keys (workspace_id, name, prefix, key_hash, scopes, created_at,
    expires_at, service_account_id)
values ($1, $2, $3, $4, $5, $6, $7, $8)
returning id
