select currency, min(at) as at
from (
    select d.currency, coalesce(d.paid_at, d.created_at) as at
    from deals as d
    where d.workspace_id = $1 and d.currency <> $2
    union all
    select p.currency, p.at
    from payments as p
    where p.workspace_id = $1 and p.currency <> $2
) as amounts
group by currency
order by currency
