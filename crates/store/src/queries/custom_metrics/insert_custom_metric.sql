insert into custom_metrics (
    workspace_id, created_at, name, description, formula, format, direction, version
)
values ($1, $2, $3, $4, $5, $6, $7, 1)
returning id
