insert into webhooks (workspace_id, url, topics, created_at, disabled_for, version)
values ($1, $2, $3, $4, '', 1)
returning id
