insert into passkeys (user_id, user_handle, credential_id, credential, name, created_at,
    last_used_at, version)
values ($1, $2, $3, $4, $5, $6, null, 1)
returning id
