insert into deals (workspace_id, external_id, title, status, amount_micros, cost_of_goods_micros,
    currency, created_at, paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id,
    link_method, declared, traffic_key, import_id, search, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1)
returning id
