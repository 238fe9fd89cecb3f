update import_mappings
set options = $3, used_at = $4
where workspace_id = $1 and id = $2
