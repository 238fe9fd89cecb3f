select id, day, at, text, channel_id, campaign, author_id, created_at, archived_at, version
from annotations
where workspace_id = $1 and archived_at is null and day between $2 and $3
order by day, coalesce(at, 0), id
limit $4
