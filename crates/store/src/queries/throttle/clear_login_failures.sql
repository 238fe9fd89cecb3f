delete from login_attempts
where bucket = $1
