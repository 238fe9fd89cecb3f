update sessions
set proved_at = $3
where user_id = $1 and id = $2
