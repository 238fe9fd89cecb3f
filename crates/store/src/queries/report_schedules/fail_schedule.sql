update report_schedules
set failure = $4, due_at = $5
where workspace_id = $1 and id = $2 and planned_at = $3
