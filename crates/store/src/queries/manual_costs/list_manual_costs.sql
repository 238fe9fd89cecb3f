select id, workspace_id, name, source, medium, campaign, channel_id, first_day, last_day,
    amount_micros, currency, per, mark_up_bp, vat_mode, vat_rate_bp, created_at, archived_at,
    version
from manual_costs
where workspace_id = $1 and archived_at is null
    and ($2 is null or channel_id in (select value from json_each($2)))
    and (created_at, id) < ($3, $4)
order by created_at desc, id desc
limit $5
