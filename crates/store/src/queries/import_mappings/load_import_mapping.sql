select id, kind, name, header, fingerprint, options, created_at, used_at, version
from import_mappings
where workspace_id = $1 and id = $2 and archived_at is null
