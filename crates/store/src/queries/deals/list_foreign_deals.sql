select id, external_id, title, status, amount_micros, cost_of_goods_micros, currency, created_at,
    paid_at, recorded_at, lead_id, visitor_id, visit_id, person_id, link_method, declared,
    traffic_key, import_id, assignee_id, responsible, archived_at, version
from deals
where workspace_id = $1 and id > $6 and id in (
        select d.id
        from deals as d
        where d.workspace_id = $1 and d.currency <> $2 and ($3 is null or d.currency = $3)
            and coalesce(d.paid_at, d.created_at) >= $4
            and coalesce(d.paid_at, d.created_at) < $5
        union
        select p.deal_id
        from payments as p
        where p.workspace_id = $1 and p.currency <> $2 and ($3 is null or p.currency = $3)
            and p.at >= $4 and p.at < $5
    )
order by id
limit $7
