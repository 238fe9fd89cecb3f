select distinct m.user_id
from team_members as own
join team_members as m on m.workspace_id = own.workspace_id and m.team_id = own.team_id
where own.workspace_id = $1 and own.user_id = $2
order by m.user_id
