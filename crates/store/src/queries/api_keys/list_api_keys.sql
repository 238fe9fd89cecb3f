select id, workspace_id, name, prefix, scopes, created_at, last_used_at, expires_at,
    service_account_id
from api_keys
where workspace_id = $1 and revoked_at is null and (created_at, id) < ($2, $3)
order by created_at desc, id desc
limit $4
