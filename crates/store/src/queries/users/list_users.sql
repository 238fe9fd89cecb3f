select u.id, u.email, u.name, u.language, u.password_hash, u.created_at, u.version,
    u.email_verified_at
from memberships as m
join users as u on u.id = m.user_id
where m.workspace_id = $1
order by u.id
