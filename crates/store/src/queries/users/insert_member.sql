insert into memberships (workspace_id, user_id, created_at, role, reach, channels, version)
values ($1, $2, $3, $4, $5, $6, 1)
