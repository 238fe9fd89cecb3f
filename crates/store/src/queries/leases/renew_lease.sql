update leases
set beat = beat + 1, told = $3
where name = $1 and fence = $2 and holder <> ''
