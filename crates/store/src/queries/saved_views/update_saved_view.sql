update saved_views
set name = $4, screen = $5, is_shared = $6, is_default = $7, question = $8, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
