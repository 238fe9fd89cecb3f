insert into mails (purpose, email, user_id, invitation_id, created_at, about_id, due_at, attempts,
    failure)
select $1, $2, $3, $4, $5, $6, $5, 0, ''
where not exists (
    select 1 from mails where email = $2 and purpose = $1 and attempts = 0
        and coalesce(invitation_id, 0) = coalesce($4, 0) and coalesce(about_id, 0) = coalesce($6, 0)
)
