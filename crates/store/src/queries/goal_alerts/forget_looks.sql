delete from goal_alert_looks
where workspace_id = $1 and alert_id = $2 and last_day < $3
