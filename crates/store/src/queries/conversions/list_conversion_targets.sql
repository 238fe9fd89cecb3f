select id, platform, event, conversion, value_kind, fixed_micros, currency, time_zone, created_at,
    archived_at, version
from conversion_targets
where workspace_id = $1 and archived_at is null and (created_at, id) < ($2, $3)
order by created_at desc, id desc
limit $4
