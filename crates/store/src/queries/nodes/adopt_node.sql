update nodes
set folder = $2, gone_at = null
where name = $1 and folder = $3
