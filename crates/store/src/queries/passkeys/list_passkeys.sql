select id, user_id, user_handle, credential, name, created_at, last_used_at, version
from passkeys
where user_id = $1
order by id
