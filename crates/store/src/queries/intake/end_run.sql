update intake_runs
set ended_at = $2
where run = $1
