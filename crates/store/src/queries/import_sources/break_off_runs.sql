update import_runs
set state = 'failed', ended_at = $3, code = 'broken_off', detail = ''
where workspace_id = $1 and source_id = $2 and state = 'reading'
