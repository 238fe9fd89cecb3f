select secret_hash, purpose, email, is_mailed, user_id, invitation_id, expires_at
from tokens
where secret_hash = $1 and purpose = $2 and expires_at > $3
