insert into invitations (workspace_id, email, role, language, invited_by, created_at, expires_at,
    channels)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (workspace_id, email) do update
set role = excluded.role, language = excluded.language, invited_by = excluded.invited_by,
    created_at = excluded.created_at, expires_at = excluded.expires_at,
    channels = excluded.channels
returning id
