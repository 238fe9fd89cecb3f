select workspace_id, role, reach, channels
from memberships
where user_id = $1
order by workspace_id
