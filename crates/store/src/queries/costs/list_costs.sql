select r.id, r.declaration_id, d.import_id, r.day, r.source, r.medium, r.campaign, r.ad_group,
    r.ad, r.keyword, r.click_id, r.referrer, r.default_channel, r.traffic_key, r.channel_id,
    r.impressions, r.clicks, r.unclicked_impressions, r.cost_micros, r.vat_micros,
    r.original_micros, r.original_currency, r.conversions_micros, r.conversion_value_micros
from cost_rows as r
join cost_declarations as d on d.workspace_id = r.workspace_id and d.id = r.declaration_id
where r.workspace_id = $1 and r.day between $2 and $3 and d.undone_at is null
    and ($4 is null or r.source = $4)
    and (
        $5 is null or r.campaign = $5
        or lower(r.source) || '/' || r.campaign in (select value from json_each($6))
    )
    and ($7 is null or case
        when r.channel_id is null then r.traffic_key in (select value from json_each($7))
        else r.channel_id in (select value from json_each($8))
    end)
    and (r.day, r.id) < ($9, $10)
    and not exists (
        select 1
        from cost_gaps as own
        where own.workspace_id = r.workspace_id and own.declaration_id = r.declaration_id
            and own.day = r.day and own.traffic_key = r.traffic_key
            and own.original_currency = r.original_currency
    )
    and not exists (
        select 1
        from cost_declarations as later
        where later.workspace_id = d.workspace_id and later.platform = d.platform
            and later.source = d.source and later.undone_at is null and later.id > d.id
            and later.first_day <= r.day and later.last_day >= r.day
            and not exists (
                select 1
                from cost_gaps as g
                where g.workspace_id = later.workspace_id and g.declaration_id = later.id
                    and g.day = r.day and g.traffic_key = r.traffic_key
                    and g.original_currency = r.original_currency
            )
    )
order by r.day desc, r.id desc
limit $11
