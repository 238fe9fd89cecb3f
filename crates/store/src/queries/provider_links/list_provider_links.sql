select id, user_id, issuer, subject, email, created_at, last_used_at
from provider_links
where user_id = $1
order by id
