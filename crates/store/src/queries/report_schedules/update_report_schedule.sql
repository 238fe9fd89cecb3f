-- What is planned anew is begun anew.
update report_schedules
set every = $4, on_day = $5, at_minute = $6, recipients = $7, is_on = $8, planned_at = $9,
    tells_webhooks = $10, due_at = $9, attempts = 0, sent_to = '[]', failure = '', version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
