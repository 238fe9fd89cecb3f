insert into persons (workspace_id, name, created_at)
values ($1, $2, $3)
returning id
