select d.id as record_id, d.lead_id, coalesce(d.paid_at, d.created_at) as at,
    coalesce(
        l.at, case when d.paid_at > d.created_at then d.paid_at else d.created_at end
    ) as came_at,
    coalesce(d.visitor_id, l.visitor_id) as visitor_id, coalesce(l.name, '') as name,
    d.external_id as label, p.revenue_micros, p.vat_micros,
    case when exists (
        select 1
        from erased_records as e
        where e.workspace_id = d.workspace_id and e.kind = 'deal' and e.record_id = d.id
    ) then cast(1 as bigint) else cast(0 as bigint) end as is_erased,
    case when exists (
        select 1
        from conversion_rows as r
        where r.workspace_id = d.workspace_id and r.target_id = $2 and r.event = 'sale'
            and r.record_id = d.id and r.seq = 0
    ) then cast(1 as bigint) else cast(0 as bigint) end as is_exported
from deals as d
inner join deal_posted as p on p.workspace_id = d.workspace_id and p.deal_id = d.id
left join leads as l on l.workspace_id = d.workspace_id and l.id = d.lead_id
where d.workspace_id = $1 and d.archived_at is null and p.sales > 0
    and coalesce(d.paid_at, d.created_at) >= $3 and coalesce(d.paid_at, d.created_at) < $4
order by coalesce(d.paid_at, d.created_at), d.id
limit $5
