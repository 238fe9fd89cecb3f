update nodes
set gone_at = $2
where name = $1 and gone_at is null
