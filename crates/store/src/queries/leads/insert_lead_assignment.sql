insert into lead_assignments (workspace_id, lead_id, at, from_id, to_id, author_id)
values ($1, $2, $3, $4, $5, $6)
