select id, source_id, started_at, state, ended_at, file_name, digest, size_bytes, modified_at, import_id,
    code, detail
from import_runs
where workspace_id = $1 and id in (
    select max(id)
    from import_runs
    where workspace_id = $1
    group by source_id
)
order by id
