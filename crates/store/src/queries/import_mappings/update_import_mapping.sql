update import_mappings
set kind = $4, name = $5, header = $6, fingerprint = $7, options = $8, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
