insert into cost_declarations (workspace_id, import_id, platform, source, first_day, last_day,
    created_at)
values ($1, $2, $3, $4, $5, $6, $7)
returning id
