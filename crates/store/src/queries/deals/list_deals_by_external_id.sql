select id, external_id, title, status, amount_micros, cost_of_goods_micros, currency, created_at,
    paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id, link_method, declared,
    traffic_key, import_id, assignee_id, responsible, archived_at, version
from deals
where workspace_id = $1 and external_id in (select value from json_each($2))
    and archived_at is null
order by id
