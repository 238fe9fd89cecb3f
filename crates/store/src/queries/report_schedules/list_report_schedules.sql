select s.workspace_id, s.id, s.author_id, s.view_id, s.every, s.on_day, s.at_minute, s.recipients,
    s.is_on, s.planned_at, s.tells_webhooks, s.due_at, s.attempts, s.sent_to, s.sent_at, s.told_at,
    s.failure, s.version
from report_schedules as s
join saved_views as v on v.workspace_id = s.workspace_id and v.id = s.view_id
where s.workspace_id = $1 and s.archived_at is null and v.archived_at is null
order by s.created_at, s.id
