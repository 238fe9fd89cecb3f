insert into segments (workspace_id, created_at, name, filters, version)
values ($1, $2, $3, $4, 1)
returning id
