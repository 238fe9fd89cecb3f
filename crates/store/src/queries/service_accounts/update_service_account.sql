update service_accounts
set name = $4, role = $5, team_id = $6, channels = $7, disabled_at = $8, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and removed_at is null
returning version
