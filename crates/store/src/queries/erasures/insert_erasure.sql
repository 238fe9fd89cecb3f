insert into erasures (workspace_id, requested_at, author_id, step, until_ms, subject, counts)
values ($1, $2, $3, $4, $5, $6, $7)
returning id
