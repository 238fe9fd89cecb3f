insert into manual_costs (workspace_id, created_at, name, source, medium, campaign, channel_id,
    first_day, last_day, amount_micros, currency, per, mark_up_bp, vat_mode, vat_rate_bp,
    version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)
returning id
