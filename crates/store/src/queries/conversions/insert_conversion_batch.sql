insert into conversion_batches (workspace_id, target_id, kind, head, rows, sum_micros, currency,
    left_out, author_id, created_at, conversion, state, state_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'made', $10, 1)
returning id
