insert into goal_alert_looks (workspace_id, alert_id, looked_at, first_day, last_day, goal, measure,
    condition, bound_micros, value_micros, before_micros, is_told, recipients)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
returning id
