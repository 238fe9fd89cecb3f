select r.id
from import_rejections as r
join imports as i on i.workspace_id = r.workspace_id and i.id = r.import_id
where r.workspace_id = $1 and i.finished_at <= $2
order by r.id
limit $3
