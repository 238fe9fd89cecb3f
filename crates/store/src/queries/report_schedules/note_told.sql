update report_schedules
set told_at = $3
where workspace_id = $1 and id = $2 and planned_at = $3
