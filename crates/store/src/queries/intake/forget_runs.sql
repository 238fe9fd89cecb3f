delete from intake_runs
where written_at < $1
