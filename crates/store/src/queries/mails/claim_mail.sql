update mails
set attempts = attempts + 1, due_at = $3
where id = $1 and attempts = $2
