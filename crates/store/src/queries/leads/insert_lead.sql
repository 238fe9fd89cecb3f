insert into leads (workspace_id, external_id, at, recorded_at, name, phone, phone_e164, email,
    email_norm, message, fields, form, page, visit_id, visitor_id, click_id, link_method,
    declared, traffic_key, status, duplicate_of, person_id, request_id, import_id, search,
    version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
    $20, $21, $22, $23, $24, $25, 1)
returning id
