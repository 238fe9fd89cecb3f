update import_sources
set due_at = $4
where workspace_id = $1 and id = $2 and due_at = $3 and version = $5 and archived_at is null
