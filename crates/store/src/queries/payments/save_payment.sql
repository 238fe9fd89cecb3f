update payments
set external_id = $4, deal_id = $5, at = $6, recorded_at = $7, amount_micros = $8, currency = $9,
    kind = $10, import_id = $11, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
