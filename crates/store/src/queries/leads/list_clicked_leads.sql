-- The conditions on the visitor and the fields are those of the index leads_clicked, word for word.
select id, external_id, at, recorded_at, name, phone, phone_e164, email, email_norm, message,
    fields, form, page, visit_id, visitor_id, click_id, link_method, declared, traffic_key,
    status, duplicate_of, person_id, request_id, import_id, assignee_id, responsible, sold_at,
    archived_at, version
from leads
where workspace_id = $1 and visitor_id is null and archived_at is null
    and fields like '%"click_id"%' and link_method <> 'waiting'
    and at >= $2 and (at, id) < ($3, $4)
order by at desc, id desc
limit $5
