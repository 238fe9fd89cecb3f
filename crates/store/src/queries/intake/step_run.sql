update intake_runs
set sequence = $2, written_at = $3
where run = $1 and sequence < $2
