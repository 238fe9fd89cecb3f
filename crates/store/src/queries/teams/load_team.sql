select id, name, leader_id, created_at, version
from teams
where workspace_id = $1 and id = $2
