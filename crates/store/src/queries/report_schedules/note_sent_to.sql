update report_schedules
set sent_to = $4
where workspace_id = $1 and id = $2 and planned_at = $3
