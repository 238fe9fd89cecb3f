insert into secrets (workspace_id, owner, field, owner_id, key_id, wrapped_key, sealed)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (owner, field, owner_id) do update
set workspace_id = excluded.workspace_id, key_id = excluded.key_id,
    wrapped_key = excluded.wrapped_key, sealed = excluded.sealed
