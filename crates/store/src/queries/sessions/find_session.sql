select id, user_id, created_at, last_used_at, expires_at, user_agent, ip_trunc,
    proved_at, signed_in_by
from sessions
where token_hash = $1 and expires_at > $2
