select d.status, d.currency, count(*) as records,
    cast(sum(d.amount_micros) as bigint) as amount_micros
from import_touches as t
inner join deals as d on d.workspace_id = t.workspace_id and d.id = t.record_id
where t.workspace_id = $1 and t.import_id = $2 and t.kind = 'deals' and d.archived_at is null
group by d.status, d.currency
order by d.status, d.currency
