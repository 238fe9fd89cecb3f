update workspaces
set name = $3, time_zone = $4, currency = $5, week_start = $6, vat_mode = $7, vat_rate_bp = $8,
    default_country = $9, lead_dedupe_days = $10, settings = $11, version = version + 1
where id = $1 and version = $2
returning version
