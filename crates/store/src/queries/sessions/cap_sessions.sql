update sessions
set expires_at = $1
where expires_at > $1
