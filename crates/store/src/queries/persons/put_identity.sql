insert into identities (workspace_id, person_id, created_at, kind, value)
values ($1, $2, $3, $4, $5)
on conflict (workspace_id, kind, value) do update set person_id = identities.person_id
returning person_id
