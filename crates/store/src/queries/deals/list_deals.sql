select id, external_id, title, status, amount_micros, cost_of_goods_micros, currency, created_at,
    paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id, link_method, declared,
    traffic_key, import_id, assignee_id, responsible, archived_at, version
from deals
where workspace_id = $1 and archived_at is null and created_at >= $2 and created_at < $3
    and ($4 is null or status in (select value from json_each($4)))
    and ($5 is null or search like $5 escape '\')
    and ($6 is null or $6 = coalesce(assignee_id, (
            select l.assignee_id
            from leads as l
            where l.workspace_id = deals.workspace_id and l.id = deals.lead_id
        ), 0))
    and ($7 is null or coalesce(assignee_id, (
            select l.assignee_id
            from leads as l
            where l.workspace_id = deals.workspace_id and l.id = deals.lead_id
        ), 0) in (select value from json_each($7)))
    and ($8 is null or coalesce(traffic_key, 0) in (select value from json_each($8)))
    and (created_at, id) < ($9, $10)
order by created_at desc, id desc
limit $11
