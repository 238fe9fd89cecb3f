-- The conditions are those of the index leads_waiting, word for word.
select id, external_id, at, recorded_at, name, phone, phone_e164, email, email_norm, message,
    fields, form, page, visit_id, visitor_id, click_id, link_method, declared, traffic_key,
    status, duplicate_of, person_id, request_id, import_id, sold_at, archived_at, version
from leads
where workspace_id = $1 and visitor_id is null and archived_at is null
    and (visit_id is not null or fields like '%"click_id"%')
    and at >= $2 and (at, id) < ($3, $4)
order by at desc, id desc
limit $5
