update report_schedules
set recipients = $3, version = version + 1
where workspace_id = $1 and id = $2 and archived_at is null
