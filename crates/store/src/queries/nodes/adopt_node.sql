update nodes
set folder = $2, gone_at = null, is_unswept = 1
where name = $1 and folder = $3 and seen_at = $4
