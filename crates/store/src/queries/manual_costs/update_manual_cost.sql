update manual_costs
set name = $4, source = $5, medium = $6, campaign = $7, channel_id = $8, first_day = $9,
    last_day = $10, amount_micros = $11, currency = $12, per = $13, mark_up_bp = $14,
    vat_mode = $15, vat_rate_bp = $16,
    version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
