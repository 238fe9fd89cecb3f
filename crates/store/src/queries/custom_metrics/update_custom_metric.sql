update custom_metrics
set
    name = $4, description = $5, formula = $6, format = $7, direction = $8,
    version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
