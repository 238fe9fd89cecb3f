select id, name, description, formula, format, direction, created_at, version
from custom_metrics
where workspace_id = $1 and id = $2 and archived_at is null
