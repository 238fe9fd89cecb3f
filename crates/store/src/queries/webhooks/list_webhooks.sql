select id, workspace_id, url, topics, created_at, disabled_at, disabled_for, failing_since, rotated_at,
    version
from webhooks
where workspace_id = $1 and (created_at, id) < ($2, $3)
order by created_at desc, id desc
limit $4
