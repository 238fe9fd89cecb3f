select currency, count(*) as deals,
    cast(coalesce(sum(amount_micros), 0) as bigint) as amount_micros,
    cast(coalesce(sum(cost_of_goods_micros), 0) as bigint) as cost_of_goods_micros
from deals
where workspace_id = $1 and archived_at is null and created_at >= $2 and created_at < $3
    and ($4 is null or status in (select value from json_each($4)))
    and ($5 is null or search like $5 escape '\')
group by currency
order by count(*) desc, currency
