insert into identities (workspace_id, created_at, person_id, kind, value)
values ($1, $2, $3, $4, $5)
