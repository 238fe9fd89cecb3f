update deals
set external_id = $4, title = $5, status = $6, amount_micros = $7, cost_of_goods_micros = $8,
    currency = $9, created_at = $10, paid_at = $11, recorded_at = $12, lead_id = $13,
    visitor_id = $14, visit_id = $15, person_id = $16, link_method = $17, declared = $18,
    traffic_key = $19, import_id = $20, search = $21, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
