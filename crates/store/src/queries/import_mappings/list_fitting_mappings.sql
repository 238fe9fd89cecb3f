select id, kind, name, header, fingerprint, options, created_at, used_at, version
from import_mappings
where workspace_id = $1 and kind = $2 and fingerprint = $3 and archived_at is null
order by used_at desc, name desc, id
