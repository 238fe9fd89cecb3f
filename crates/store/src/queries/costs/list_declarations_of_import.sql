select id, import_id, platform, source, first_day, last_day, created_at, undone_at
from cost_declarations
where workspace_id = $1 and import_id = $2
order by id
