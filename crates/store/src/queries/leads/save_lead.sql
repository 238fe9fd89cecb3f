update leads
set external_id = $4, at = $5, recorded_at = $6, name = $7, phone = $8, phone_e164 = $9,
    email = $10, email_norm = $11, message = $12, fields = $13, form = $14, page = $15,
    visit_id = $16, visitor_id = $17, click_id = $18, link_method = $19, declared = $20,
    traffic_key = $21, status = $22, duplicate_of = $23, person_id = $24, request_id = $25,
    import_id = $26, search = $27, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and archived_at is null
returning version
