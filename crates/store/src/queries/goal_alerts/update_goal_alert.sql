update goal_alerts
set goal_id = $4, measure = $5, every = $6, condition = $7, bound_micros = $8, at_minute = $9,
    recipients = $10, is_on = $11, tells_webhooks = $12, planned_at = $13, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
