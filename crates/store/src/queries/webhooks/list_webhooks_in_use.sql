select id, workspace_id, url, topics, created_at, disabled_at, disabled_for, failing_since, rotated_at,
    version
from webhooks
where workspace_id = $1 and disabled_at is null
order by id
