select id, name, screen, is_shared, is_default, question, author_id, created_at, version
from saved_views
where workspace_id = $1 and id = $2 and archived_at is null
