insert into jobs (workspace_id, kind, payload, run_after, created_at, attempts)
values ($1, $2, $3, $4, $5, 0)
returning id
