-- A try is counted before anything is sent.
update report_schedules
set attempts = attempts + 1, due_at = $5
where workspace_id = $1 and id = $2 and planned_at = $3 and attempts = $4 and is_on = 1
    and archived_at is null
