select id, name, time_zone, currency, week_start, vat_mode, vat_rate_bp, default_country,
    lead_dedupe_days, settings, created_at, version
from workspaces
where id = $1
