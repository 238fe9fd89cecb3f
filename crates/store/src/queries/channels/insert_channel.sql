insert into channels (workspace_id, created_at, parent_id, name, kind, colour, position, version)
values ($1, $2, $3, $4, $5, $6, $7, 1)
returning id
