select u.id, u.email, u.name, m.role, m.reach, m.channels, m.created_at as joined_at, m.version
from memberships as m
join users as u on u.id = m.user_id
where m.workspace_id = $1
order by u.id
