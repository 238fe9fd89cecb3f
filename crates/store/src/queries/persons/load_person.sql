select id, name, created_at
from persons
where workspace_id = $1 and id = $2
