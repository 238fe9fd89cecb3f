update mails
set failure = $2, due_at = case when $3 = 1 then due_at end
where id = $1
