-- The turn is over, sent or given up, and the next one is waited for.
update report_schedules
set planned_at = $4, due_at = $4, attempts = 0, sent_to = '[]', failure = $5,
    sent_at = coalesce($6, sent_at)
where workspace_id = $1 and id = $2 and planned_at = $3
