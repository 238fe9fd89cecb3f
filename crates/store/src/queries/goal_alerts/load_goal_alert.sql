select workspace_id, id, goal_id, measure, every, condition, bound_micros, at_minute,
    recipients, is_on, tells_webhooks, planned_at, version
from goal_alerts
where workspace_id = $1 and id = $2 and archived_at is null
