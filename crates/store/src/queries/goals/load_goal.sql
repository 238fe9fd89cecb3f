select id, site_id, name, kind, target, property, property_value, worth_micros, created_at, version
from goals
where workspace_id = $1 and id = $2 and archived_at is null
