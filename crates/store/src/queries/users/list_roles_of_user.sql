select workspace_id, role
from memberships
where user_id = $1
order by workspace_id
