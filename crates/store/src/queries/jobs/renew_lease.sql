update jobs
set lease_until = $3
where id = $1 and attempts = $2
