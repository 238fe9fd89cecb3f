select id, workspace_id, name, prefix, scopes, created_at, last_used_at
from api_keys
where workspace_id = $1 and revoked_at is null
order by id
