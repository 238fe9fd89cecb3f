select id, kind, file_name, content_hash, options, author_id, state, rows_total, rows_done,
    rows_accepted, rows_rejected, rows_new, rows_changed, rows_unchanged, rows_kept, first_day,
    last_day, amount_micros, currency, effects, error, created_at, finished_at
from imports
where workspace_id = $1 and ($2 is null or kind = $2) and ($3 is null or author_id = $3)
    and (created_at, id) < ($4, $5)
order by created_at desc, id desc
limit $6
