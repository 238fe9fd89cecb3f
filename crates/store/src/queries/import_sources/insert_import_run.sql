insert into import_runs (workspace_id, source_id, started_at, state, file_name, code, detail)
values ($1, $2, $3, 'reading', '', '', '')
returning id
