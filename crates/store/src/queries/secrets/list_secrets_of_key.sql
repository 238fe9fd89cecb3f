select workspace_id, owner, field, owner_id, key_id, wrapped_key, sealed
from secrets
where key_id = $1
order by id
limit $2
