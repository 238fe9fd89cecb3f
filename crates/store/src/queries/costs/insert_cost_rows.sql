insert into cost_rows (workspace_id, declaration_id, day, source, medium, campaign, ad_group, ad,
    keyword, click_id, referrer, default_channel, traffic_key, channel_id, impressions, clicks,
    unclicked_impressions, cost_micros, vat_micros, original_micros, original_currency,
    conversions_micros, conversion_value_micros)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21, $22, $23)
