select id, external_id, title, status, amount_micros, cost_of_goods_micros, currency, created_at,
    paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id, link_method, declared,
    traffic_key, import_id, assignee_id, responsible, archived_at, version
from deals
where workspace_id = $1 and status = $2 and id > $3 and archived_at is null
order by id
limit $4
