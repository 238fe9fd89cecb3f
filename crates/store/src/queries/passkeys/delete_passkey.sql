delete from passkeys
where user_id = $1 and id = $2 and version = $3
