select id, import_id, platform, source, first_day, last_day, created_at, undone_at
from cost_declarations
where workspace_id = $1 and platform = $2 and source = $3 and undone_at is null
    and last_day >= $4 and first_day <= $5
order by id
