update nodes
set seen_at = $3, stopped_segment = $4, stopped_offset = $5
where name = $1 and folder = $2
