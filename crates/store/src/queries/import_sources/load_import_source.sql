select id, workspace_id, name, mapping_id, place, location, header_name, every, at_minute, due_at,
    created_at, version
from import_sources
where workspace_id = $1 and id = $2 and archived_at is null
