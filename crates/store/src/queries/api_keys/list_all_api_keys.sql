select workspace_id, key_hash, scopes
from api_keys
where revoked_at is null
order by id
