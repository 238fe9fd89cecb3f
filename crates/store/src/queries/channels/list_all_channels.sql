select id, workspace_id, parent_id, name, kind, colour, position, created_at, archived_at, version
from channels
where workspace_id = $1
order by position, id
