insert into tokens (secret_hash, purpose, email, is_mailed, user_id, invitation_id, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
