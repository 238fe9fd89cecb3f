update nodes
set is_unswept = 0
where name = $1 and folder = $2
