delete from webhooks
where workspace_id = $1 and id = $2 and version = $3
