select id, kind, file_name, path, size_bytes, created_at, author_id
from uploads
where created_at <= $1
order by created_at, id
limit $2
