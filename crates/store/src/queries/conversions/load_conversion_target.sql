select id, platform, event, conversion, value_kind, fixed_micros, currency, time_zone, created_at,
    archived_at, version
from conversion_targets
where workspace_id = $1 and id = $2
