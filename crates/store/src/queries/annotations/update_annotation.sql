update annotations
set day = $4, at = $5, text = $6, channel_id = $7, campaign = $8, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
