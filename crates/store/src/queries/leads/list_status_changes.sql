select lead_id, at, from_status, to_status, author_id, import_id
from lead_status_history
where workspace_id = $1 and lead_id in (select value from json_each($2))
order by lead_id, at, id
