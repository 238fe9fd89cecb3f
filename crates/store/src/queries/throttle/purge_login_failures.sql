delete from login_attempts
where started_at <= $1
