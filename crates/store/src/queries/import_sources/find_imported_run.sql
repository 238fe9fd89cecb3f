select r.id, r.source_id, r.started_at, r.state, r.ended_at, r.file_name, r.digest, r.size_bytes,
    r.modified_at, r.import_id, r.code, r.detail
from import_runs as r
join imports as i on i.workspace_id = r.workspace_id and i.id = r.import_id
where r.workspace_id = $1 and r.source_id = $2 and ($3 = '' or r.file_name = $3)
    and i.state <> 'failed'
order by r.id desc
limit 1
