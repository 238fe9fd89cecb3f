update import_runs
set state = $3, ended_at = $4, file_name = $5, digest = $6, size_bytes = $7, modified_at = $8,
    import_id = $9, code = $10, detail = $11
where workspace_id = $1 and id = $2
