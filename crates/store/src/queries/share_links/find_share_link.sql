-- Only who has the secret asks, and it names no workspace.
select workspace_id, id, author_id, view_id, password_hash, metrics, expires_at, created_at, looks,
    looks_noted, noted_at, looked_at
from share_links
where secret_hash = $1 and expires_at > $2 and revoked_at is null
