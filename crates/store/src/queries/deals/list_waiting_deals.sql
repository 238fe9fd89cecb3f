-- The conditions are those of the index deals_waiting.
select id, external_id, title, status, amount_micros, cost_of_goods_micros, currency, created_at,
    paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id, link_method, declared,
    traffic_key, import_id, assignee_id, responsible, archived_at, version
from deals
where workspace_id = $1 and link_method = 'waiting' and archived_at is null and lead_id is null
    and (created_at, id) < ($2, $3)
order by created_at desc, id desc
limit $4
