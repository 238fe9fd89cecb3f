delete from mails
where due_at is null and created_at <= $1
