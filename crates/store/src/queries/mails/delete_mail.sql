delete from mails
where id = $1
