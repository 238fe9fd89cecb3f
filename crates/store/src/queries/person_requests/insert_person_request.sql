insert into person_requests (workspace_id, kind, law, reference, received_day, due_day, author_id,
    created_at, state, reason, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', '', 1)
returning id
