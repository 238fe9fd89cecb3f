update users
set email = $2, email_verified_at = $3, version = version + 1
where id = $1
