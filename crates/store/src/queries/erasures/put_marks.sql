insert into erased_marks (workspace_id, kind, digest, erasure_id, until_ms)
values ($1, $2, $3, $4, $5)
on conflict (workspace_id, kind, digest, erasure_id) do nothing
