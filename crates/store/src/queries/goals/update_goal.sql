update goals
set site_id = $4, name = $5, kind = $6, target = $7, property = $8, property_value = $9,
    worth_micros = $10, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
