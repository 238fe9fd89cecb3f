select id, workspace_id, kind, last_error, attempts, failed_at
from jobs
where failed_at is not null
order by failed_at desc, id desc
limit $1
