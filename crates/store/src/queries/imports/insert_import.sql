insert into imports (workspace_id, kind, file_name, content_hash, options, author_id, created_at,
    state, rows_total, rows_done, rows_accepted, rows_rejected, rows_new, rows_changed,
    rows_unchanged, rows_kept)
values ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, 0, 0, 0, 0, 0, 0, 0)
returning id
