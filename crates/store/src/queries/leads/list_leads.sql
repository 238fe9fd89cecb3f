select id, external_id, at, recorded_at, name, phone, phone_e164, email, email_norm, message,
    fields, form, page, visit_id, visitor_id, click_id, link_method, declared, traffic_key,
    status, duplicate_of, person_id, request_id, import_id, assignee_id, responsible, sold_at,
    archived_at, version
from leads
where workspace_id = $1 and archived_at is null and at >= $2 and at < $3
    and ($4 is null or $4 = case when sold_at is null then status else 'converted' end)
    and ($5 is null or coalesce(traffic_key, 0) in (select value from json_each($5)))
    and ($6 is null or search like $6 escape '\')
    and ($7 is null or coalesce(assignee_id, 0) = $7)
    and ($8 is null or coalesce(assignee_id, 0) in (select value from json_each($8)))
    and ($9 is null or coalesce(traffic_key, 0) in (select value from json_each($9)))
    and (at, id) < ($10, $11)
order by at desc, id desc
limit $12
