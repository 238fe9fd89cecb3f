select id, day, at, text, channel_id, campaign, author_id, created_at, archived_at, version
from annotations
where workspace_id = $1 and id = $2 and archived_at is null
