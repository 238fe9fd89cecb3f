select id, workspace_id, requested_at, author_id, step, until_ms, subject, counts, finished_at, error
from erasures
where finished_at is null
order by id
