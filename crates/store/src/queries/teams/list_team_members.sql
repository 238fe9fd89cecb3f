select team_id, user_id
from team_members
where workspace_id = $1
order by team_id, user_id
