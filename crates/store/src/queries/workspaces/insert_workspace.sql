insert into workspaces (name, time_zone, currency, week_start, vat_mode, vat_rate_bp,
    default_country, lead_dedupe_days, settings, created_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
returning id
