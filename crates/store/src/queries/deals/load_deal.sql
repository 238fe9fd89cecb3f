select id, external_id, title, status, amount_micros, cost_of_goods_micros, currency, created_at,
    paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id, link_method, declared,
    traffic_key, import_id, assignee_id, responsible, archived_at, version
from deals
where workspace_id = $1 and id = $2
    and ($3 is null or coalesce(assignee_id, (
            select l.assignee_id
            from leads as l
            where l.workspace_id = deals.workspace_id and l.id = deals.lead_id
        ), 0) in (select value from json_each($3)))
    and ($4 is null or coalesce(traffic_key, 0) in (select value from json_each($4)))
