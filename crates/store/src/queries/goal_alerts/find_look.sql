-- Of the whole installation: a mail knows no workspace.
select id, workspace_id, alert_id, looked_at, first_day, last_day, goal, measure, condition, bound_micros,
    value_micros, before_micros, is_told, recipients
from goal_alert_looks
where id = $1
