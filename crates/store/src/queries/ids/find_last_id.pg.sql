select coalesce(max(last_id), 0)
from last_ids
where name = $1
