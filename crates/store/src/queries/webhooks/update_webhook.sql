update webhooks
set url = $4, topics = $5, disabled_at = $6, disabled_for = $7, failing_since = $8,
    rotated_at = $9, version = version + 1
where workspace_id = $1 and id = $2 and version = $3
returning version
