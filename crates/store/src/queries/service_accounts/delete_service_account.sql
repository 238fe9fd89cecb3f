update service_accounts
set removed_at = $4, team_id = null, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and removed_at is null
