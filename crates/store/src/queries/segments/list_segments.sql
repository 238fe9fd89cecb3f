select id, name, filters, created_at, version
from segments
where workspace_id = $1 and archived_at is null
order by name, id
