select id, external_id, title, status, amount_micros, cost_of_goods_micros, currency, created_at,
    paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id, link_method, declared,
    traffic_key, import_id, archived_at, version
from deals
where workspace_id = $1 and archived_at is null and created_at >= $2 and created_at < $3
    and ($4 is null or status in (select value from json_each($4)))
    and ($5 is null or search like $5 escape '\')
    and (created_at, id) < ($6, $7)
order by created_at desc, id desc
limit $8
