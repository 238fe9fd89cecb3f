update segments
set name = $4, filters = $5, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
