select count(*)
from api_keys
where workspace_id = $1 and id = $2 and revoked_at is null
    and (expires_at is null or expires_at > $3)
