select id, kind, file_name, content_hash, options, author_id, state, rows_total, rows_done,
    rows_accepted, rows_rejected, rows_new, rows_changed, rows_unchanged, rows_kept, first_day,
    last_day, amount_micros, currency, effects, error, created_at, finished_at
from imports
where workspace_id = $1 and kind = $2 and id > $3 and state = 'done'
order by id desc
