-- What a platform was told last of deals that are still sales there, and what they are now.
select r.record_id, d.lead_id, coalesce(d.paid_at, d.created_at) as at, coalesce(l.name, '') as name,
    d.external_id as label, r.seq, r.click_at, f.at as first_at, f.line as first_line,
    b.conversion as first_name, r.value_micros, r.currency,
    coalesce(p.revenue_micros, 0) as revenue_micros, coalesce(p.vat_micros, 0) as vat_micros,
    case
        when d.archived_at is null and p.sales > 0 then cast(1 as bigint)
        else cast(0 as bigint)
    end as stands
from conversion_rows as r
inner join conversion_rows as f
    on f.workspace_id = r.workspace_id and f.target_id = r.target_id and f.event = r.event
    and f.record_id = r.record_id and f.seq = 0
inner join conversion_batches as b on b.workspace_id = f.workspace_id and b.id = f.batch_id
inner join deals as d on d.workspace_id = r.workspace_id and d.id = r.record_id
left join deal_posted as p on p.workspace_id = r.workspace_id and p.deal_id = r.record_id
left join leads as l on l.workspace_id = d.workspace_id and l.id = d.lead_id
where r.workspace_id = $1 and r.target_id = $2 and r.event = 'sale' and r.kind <> 'retract'
    and not exists (
        select 1
        from conversion_rows as n
        where n.workspace_id = r.workspace_id and n.target_id = r.target_id and n.event = r.event
            and n.record_id = r.record_id and n.seq > r.seq
    )
    and r.record_id > $3
order by r.record_id
limit $4
