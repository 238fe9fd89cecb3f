-- The last failure stands until a turn is sent.
update report_schedules
set planned_at = $3, due_at = $3, attempts = 0, sent_to = '[]'
where workspace_id = $1 and id = $2 and archived_at is null
