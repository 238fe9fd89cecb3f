select distinct w.workspace_id, w.id
from webhook_deliveries as d
inner join webhooks as w on w.id = d.webhook_id
where d.due_at <= $1 and w.disabled_at is null
order by w.id
limit $2
