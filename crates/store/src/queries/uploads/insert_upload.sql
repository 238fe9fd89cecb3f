insert into uploads (workspace_id, kind, file_name, path, size_bytes, created_at)
values ($1, $2, $3, $4, $5, $6)
returning id
