update leases
set holder = '', beat = beat + 1
where name = $1 and fence = $2
