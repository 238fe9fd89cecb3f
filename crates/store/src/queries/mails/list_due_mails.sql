select id, purpose, email, user_id, invitation_id, created_at, attempts, about_id
from mails
where due_at <= $1
order by due_at, id
limit $2
