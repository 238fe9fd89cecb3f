update passkeys
set credential = $2, last_used_at = $3
where id = $1
