select l.id as record_id, l.id as lead_id, l.at, l.at as came_at, l.visitor_id, l.name,
    '' as label, cast(0 as bigint) as revenue_micros, cast(0 as bigint) as vat_micros,
    case when exists (
        select 1
        from erased_records as e
        where e.workspace_id = l.workspace_id and e.kind = 'lead' and e.record_id = l.id
    ) then cast(1 as bigint) else cast(0 as bigint) end as is_erased,
    case when exists (
        select 1
        from conversion_rows as r
        where r.workspace_id = l.workspace_id and r.target_id = $2 and r.event = 'lead'
            and r.record_id = l.id and r.seq = 0
    ) then cast(1 as bigint) else cast(0 as bigint) end as is_exported
from leads as l
where l.workspace_id = $1 and l.archived_at is null
    and (l.sold_at is not null or l.status not in ('spam', 'duplicate'))
    and l.at >= $3 and l.at < $4
order by l.at, l.id
limit $5
