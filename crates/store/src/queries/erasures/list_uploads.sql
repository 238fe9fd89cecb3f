select id, kind, file_name, path, size_bytes, created_at, author_id
from uploads
where workspace_id = $1
order by id
