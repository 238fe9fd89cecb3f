insert into sessions (user_id, token_hash, created_at, last_used_at, expires_at, user_agent,
    ip_trunc, proved_at, signed_in_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning id
