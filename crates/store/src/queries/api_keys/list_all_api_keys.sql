select k.workspace_id, k.key_hash, k.scopes, k.expires_at, s.role
from api_keys as k
left join service_accounts as s on s.id = k.service_account_id
where k.revoked_at is null
order by k.id
