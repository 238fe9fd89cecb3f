insert into users (email, name, language, password_hash, created_at, version)
values ($1, $2, $3, $4, $5, 1)
returning id
