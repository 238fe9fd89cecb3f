select workspace_id, key_hash, scopes, expires_at
from api_keys
where revoked_at is null
order by id
