select workspace_id, owner, field, owner_id, key_id, wrapped_key, sealed
from secrets
where owner = $1 and field = $2 and owner_id = $3
