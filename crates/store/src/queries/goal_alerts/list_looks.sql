select id, workspace_id, alert_id, looked_at, first_day, last_day, goal, measure, condition, bound_micros,
    value_micros, before_micros, is_told, recipients
from goal_alert_looks
where workspace_id = $1 and alert_id = $2
order by id desc
limit $3
