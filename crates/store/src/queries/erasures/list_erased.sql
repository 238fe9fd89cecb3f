select record_id
from erased_records
where workspace_id = $1 and kind = $2 and record_id in (select value from json_each($3))
order by record_id
