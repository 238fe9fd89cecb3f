insert into report_schedules (workspace_id, created_at, author_id, view_id, every, on_day,
    at_minute, recipients, is_on, planned_at, tells_webhooks, due_at, attempts, sent_to,
    failure, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, 0, '[]', '', 1)
returning id
