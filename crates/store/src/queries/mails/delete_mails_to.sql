delete from mails
where purpose = $3 and (user_id = $1 or email = $2)
