select id, site_id, name, kind, target, property, property_value, worth_micros, created_at, version
from goals
where workspace_id = $1 and archived_at is null and site_id in (
    select id from sites where workspace_id = $1 and archived_at is null
)
order by name, id
