update import_sources
set name = $4, mapping_id = $5, place = $6, location = $7, header_name = $8, every = $9,
    at_minute = $10, due_at = $11, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
