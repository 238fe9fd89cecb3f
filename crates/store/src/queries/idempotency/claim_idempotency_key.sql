insert into idempotency_keys (workspace_id, key, request_hash, created_at)
values ($1, $2, $3, $4)
on conflict (workspace_id, key) do nothing
