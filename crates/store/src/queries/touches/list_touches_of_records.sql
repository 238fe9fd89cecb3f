select import_id, record_id, at, is_creator, said, kept
from import_touches
where workspace_id = $1 and kind = $2 and record_id in (select value from json_each($3))
order by record_id, import_id
