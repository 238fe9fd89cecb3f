select r.id, r.declaration_id, d.import_id, r.day, r.source, r.medium, r.campaign, r.ad_group,
    r.ad, r.keyword, r.click_id, r.referrer, r.default_channel, r.traffic_key, r.channel_id,
    r.impressions, r.clicks, r.unclicked_impressions, r.cost_micros, r.vat_micros,
    r.original_micros, r.original_currency, r.conversions_micros, r.conversion_value_micros
from cost_declarations as d
join cost_rows as r on r.workspace_id = d.workspace_id and r.declaration_id = d.id
where d.workspace_id = $1 and d.platform = $2 and d.source = $3 and d.undone_at is null
    and d.last_day >= $4 and d.first_day <= $5 and r.day between $4 and $5
    and r.traffic_key between $6 and $7
order by r.declaration_id, r.day, r.id
