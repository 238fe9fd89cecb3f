update imports
set state = $3, error = $4, finished_at = $5, first_day = $6, last_day = $7, amount_micros = $8,
    currency = $9, effects = $10
where workspace_id = $1 and id = $2
