select a.workspace_id, a.id, a.goal_id, a.measure, a.every, a.condition, a.bound_micros, a.at_minute,
    a.recipients, a.is_on, a.tells_webhooks, a.planned_at, a.version
from goal_alerts as a
join goals as g on g.workspace_id = a.workspace_id and g.id = a.goal_id
join sites as s on s.workspace_id = g.workspace_id and s.id = g.site_id
where a.workspace_id = $1 and a.archived_at is null and g.archived_at is null
    and s.archived_at is null
order by a.created_at, a.id
