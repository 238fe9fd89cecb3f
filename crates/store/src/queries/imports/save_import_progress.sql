update imports
set rows_total = $3, rows_done = $4, rows_accepted = $5, rows_rejected = $6, rows_changed = $7,
    rows_unchanged = $8, rows_kept = $9
where workspace_id = $1 and id = $2
