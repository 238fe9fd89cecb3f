select platform, max(last_day) as last_day
from cost_declarations
where workspace_id = $1 and platform <> 'manual' and undone_at is null
group by platform
order by platform
