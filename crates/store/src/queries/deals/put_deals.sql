insert into deals (workspace_id, id, external_id, title, status, amount_micros,
    cost_of_goods_micros, currency, created_at, paid_at, recorded_at, lead_id, visitor_id,
    visit_id, person_id, link_method, declared, traffic_key, import_id, archived_at, version,
    search)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
    $20, $21, $22)
on conflict (id) do update set
    external_id = excluded.external_id,
    title = excluded.title,
    status = excluded.status,
    amount_micros = excluded.amount_micros,
    cost_of_goods_micros = excluded.cost_of_goods_micros,
    currency = excluded.currency,
    created_at = excluded.created_at,
    paid_at = excluded.paid_at,
    recorded_at = excluded.recorded_at,
    lead_id = excluded.lead_id,
    visitor_id = excluded.visitor_id,
    visit_id = excluded.visit_id,
    person_id = excluded.person_id,
    link_method = excluded.link_method,
    declared = excluded.declared,
    traffic_key = excluded.traffic_key,
    import_id = excluded.import_id,
    archived_at = excluded.archived_at,
    version = excluded.version,
    search = excluded.search
where deals.workspace_id = excluded.workspace_id
