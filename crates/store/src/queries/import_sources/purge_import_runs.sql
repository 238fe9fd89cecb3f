delete from import_runs
where started_at < $1 and import_id is null and state <> 'reading'
