select id, source_id, started_at, state, ended_at, file_name, digest, size_bytes, modified_at, import_id,
    code, detail
from import_runs
where workspace_id = $1 and source_id = $2 and (started_at, id) < ($3, $4)
order by started_at desc, id desc
limit $5
