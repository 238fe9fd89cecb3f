insert into erasures (id, workspace_id, requested_at, author_id, step, until_ms, subject, counts)
values ($1, $2, $3, null, 'records', $4, $5, $6)
on conflict (id) do nothing
