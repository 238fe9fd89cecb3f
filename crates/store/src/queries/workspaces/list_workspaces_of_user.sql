select w.id, w.name, w.time_zone, w.currency, w.week_start, w.vat_mode, w.vat_rate_bp,
    w.default_country, w.lead_dedupe_days, w.settings, w.created_at, w.version
from memberships as m
join workspaces as w on w.id = m.workspace_id
where m.user_id = $1
order by w.id
