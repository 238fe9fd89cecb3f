insert into memberships (workspace_id, user_id, role, created_at, version)
values ($1, $2, $3, $4, 1)
on conflict (workspace_id, user_id) do update set
    role = excluded.role,
    version = memberships.version + 1
