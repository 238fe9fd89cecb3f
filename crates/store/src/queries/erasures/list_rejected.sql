select id, cells
from import_rejections
where workspace_id = $1 and id > $2
order by id
limit $3
