select id, kind, file_name, content_hash, options, author_id, state, rows_total, rows_done,
    rows_accepted, rows_rejected, rows_new, rows_changed, rows_unchanged, rows_kept, first_day,
    last_day, amount_micros, currency, effects, error, created_at, finished_at
from imports
where workspace_id = $1 and content_hash = $2 and state in ('queued', 'running', 'done')
order by created_at desc, id desc
limit 1
