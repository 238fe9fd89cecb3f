update sessions
set last_used_at = $2, expires_at = $3
where id = $1
