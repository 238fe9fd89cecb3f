insert into saved_views (workspace_id, created_at, author_id, name, screen, is_shared, is_default,
    question, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, 1)
returning id
