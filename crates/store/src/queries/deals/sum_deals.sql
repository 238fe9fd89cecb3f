select currency, count(*) as deals,
    cast(coalesce(sum(amount_micros), 0) as bigint) as amount_micros,
    cast(coalesce(sum(cost_of_goods_micros), 0) as bigint) as cost_of_goods_micros
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
group by currency
order by count(*) desc, currency
