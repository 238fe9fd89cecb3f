-- Whoever has it first says what was seen: another node, or a change of the alert, comes to nothing.
update goal_alerts
set planned_at = $5
where workspace_id = $1 and id = $2 and planned_at = $3 and version = $4 and is_on = 1
    and archived_at is null
