select id, line
from conversion_rows
where workspace_id = $1 and batch_id = $2 and id > $3
order by id
limit $4
