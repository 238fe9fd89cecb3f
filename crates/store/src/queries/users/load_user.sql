select id, email, name, language, password_hash, created_at, version
from users
where id = $1
