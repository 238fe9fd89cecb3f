insert into import_mappings (workspace_id, created_at, used_at, kind, name, header, fingerprint,
    options, version)
values ($1, $2, $2, $3, $4, $5, $6, $7, 1)
returning id
