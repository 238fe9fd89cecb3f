-- Those that wrote since, and whatever came after them, oldest first.
select run, node, began_at, sequence, written_at, ended_at
from intake_runs
where written_at >= $1
order by node, began_at, run
