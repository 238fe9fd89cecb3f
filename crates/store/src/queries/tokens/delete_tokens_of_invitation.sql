delete from tokens
where invitation_id = $1
