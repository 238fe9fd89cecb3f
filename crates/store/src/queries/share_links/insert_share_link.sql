insert into share_links (workspace_id, created_at, author_id, view_id, secret_hash, password_hash,
    metrics, expires_at, looks, looks_noted, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 1)
returning id
