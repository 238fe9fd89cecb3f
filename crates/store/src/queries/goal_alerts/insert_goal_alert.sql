insert into goal_alerts (workspace_id, created_at, goal_id, measure, every, condition, bound_micros,
    at_minute, recipients, is_on, tells_webhooks, planned_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)
returning id
