select workspace_id, id, author_id, view_id, every, on_day, at_minute, recipients, is_on,
    planned_at, tells_webhooks, due_at, attempts, sent_to, sent_at, told_at, failure, version
from report_schedules
where workspace_id = $1 and id = $2 and archived_at is null
