insert into service_accounts (workspace_id, created_at, name, role, team_id, channels,
    disabled_at, version)
values ($1, $2, $3, $4, $5, $6, $7, 1)
returning id
