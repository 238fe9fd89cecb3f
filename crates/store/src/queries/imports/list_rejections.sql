select id, row, field, code, detail, cells
from import_rejections
where workspace_id = $1 and import_id = $2 and (row, id) > ($3, $4)
order by row, id
limit $5
