delete from jobs
where id = $1 and attempts = $2
