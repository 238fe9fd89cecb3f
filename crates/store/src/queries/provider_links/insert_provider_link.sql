insert into provider_links (user_id, issuer, subject, email, created_at)
values ($1, $2, $3, $4, $5)
returning id
