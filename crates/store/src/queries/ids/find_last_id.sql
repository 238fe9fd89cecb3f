select coalesce(max(seq), 0)
from sqlite_sequence
where name = $1
