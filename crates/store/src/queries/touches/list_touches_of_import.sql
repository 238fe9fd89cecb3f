select import_id, record_id, at, is_creator, said, kept
from import_touches
where workspace_id = $1 and import_id = $2 and kept is null
order by record_id
limit $3
