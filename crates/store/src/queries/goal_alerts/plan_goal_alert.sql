update goal_alerts
set planned_at = $3
where workspace_id = $1 and id = $2 and archived_at is null
