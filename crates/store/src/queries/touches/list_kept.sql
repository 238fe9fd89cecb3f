select import_id, record_id, at, is_creator, said, kept
from import_touches
where workspace_id = $1 and import_id = $2 and kept is not null and record_id > $3
order by record_id
limit $4
