insert into conversion_rows (workspace_id, batch_id, target_id, event, record_id, seq, kind, at,
    click_at, value_micros, currency, line)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
