select id, workspace_id, name, prefix, scopes, created_at, last_used_at, expires_at,
    service_account_id
from api_keys
where id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)
