select id, user_id, issuer, subject, email, created_at, last_used_at
from provider_links
where issuer = $1 and subject = $2
