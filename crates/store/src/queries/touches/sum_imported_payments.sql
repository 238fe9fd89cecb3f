select d.status, p.currency, count(*) as records,
    cast(sum(
        case when p.kind = 'payment' then p.amount_micros else -p.amount_micros end
    ) as bigint) as amount_micros
from import_touches as t
inner join payments as p on p.workspace_id = t.workspace_id and p.id = t.record_id
inner join deals as d on d.workspace_id = p.workspace_id and d.id = p.deal_id
where t.workspace_id = $1 and t.import_id = $2 and t.kind = 'payments' and p.archived_at is null
group by d.status, p.currency
order by d.status, p.currency
