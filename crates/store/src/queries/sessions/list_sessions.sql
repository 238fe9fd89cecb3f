select id, user_id, created_at, last_used_at, expires_at, user_agent, ip_trunc,
    proved_at, signed_in_by
from sessions
where user_id = $1 and expires_at > $2 and (last_used_at, id) < ($3, $4)
order by last_used_at desc, id desc
limit $5
