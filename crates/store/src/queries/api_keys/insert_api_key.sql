insert into api_keys (workspace_id, name, prefix, key_hash, scopes, created_at,
    expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning id
