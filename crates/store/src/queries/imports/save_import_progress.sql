update imports
set rows_total = $3, rows_done = $4, rows_accepted = $5, rows_rejected = $6, rows_new = $7,
    rows_changed = $8, rows_unchanged = $9, rows_kept = $10
where workspace_id = $1 and id = $2
