select count(*)
from sessions
where user_id = $1 and id = $2 and expires_at > $3
