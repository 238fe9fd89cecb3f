select id, email, name, language, password_hash, created_at, version,
    email_verified_at
from users
where id = $1
