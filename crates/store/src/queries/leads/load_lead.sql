select id, external_id, at, recorded_at, name, phone, phone_e164, email, email_norm, message,
    fields, form, page, visit_id, visitor_id, click_id, link_method, declared, traffic_key,
    status, duplicate_of, person_id, request_id, import_id, assignee_id, responsible, sold_at,
    archived_at, version
from leads
where workspace_id = $1 and id = $2
    and ($3 is null or coalesce(assignee_id, 0) in (select value from json_each($3)))
    and ($4 is null or coalesce(traffic_key, 0) in (select value from json_each($4)))
