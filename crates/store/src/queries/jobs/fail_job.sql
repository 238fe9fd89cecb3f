update jobs
set failed_at = $3, last_error = $4, lease_until = null
where id = $1 and attempts = $2
