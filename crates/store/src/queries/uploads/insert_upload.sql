insert into uploads (workspace_id, kind, file_name, path, size_bytes, created_at, author_id)
values ($1, $2, $3, $4, $5, $6, $7)
returning id
