insert into import_sources (workspace_id, created_at, name, mapping_id, place, location,
    header_name, every, at_minute, due_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
returning id
