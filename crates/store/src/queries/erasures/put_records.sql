insert into erased_records (workspace_id, kind, record_id, erasure_id)
values ($1, $2, $3, $4)
on conflict (workspace_id, kind, record_id) do nothing
