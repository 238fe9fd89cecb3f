delete from mails
where email = $1 and purpose = $2 and due_at is null
