select id, workspace_id, requested_at, author_id, step, until_ms, subject, counts, finished_at, error
from erasures
where until_ms is not null
order by id
