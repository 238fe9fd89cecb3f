select id, external_id, at, recorded_at, name, phone, phone_e164, email, email_norm, message,
    fields, form, page, visit_id, visitor_id, click_id, link_method, declared, traffic_key,
    status, duplicate_of, person_id, request_id, import_id, assignee_id, responsible, sold_at,
    archived_at, version
from leads
where workspace_id = $1 and id in (select value from json_each($2))
order by id
