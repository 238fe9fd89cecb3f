update erasures
set step = $3, until_ms = $4, subject = $5, counts = $6, finished_at = $7, error = $8
where workspace_id = $1 and id = $2
