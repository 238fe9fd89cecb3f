update passkeys
set name = $4, version = version + 1
where user_id = $1 and id = $2 and version = $3
returning version
