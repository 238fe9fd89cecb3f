delete from secrets
where owner = $1 and field = $2 and owner_id = $3
