-- What a platform was told last of leads that are still conversions there, and what they are now.
select r.record_id, l.id as lead_id, l.at, l.name, '' as label, r.seq, r.click_at, f.at as first_at,
    f.line as first_line, b.conversion as first_name, r.value_micros, r.currency,
    cast(0 as bigint) as revenue_micros, cast(0 as bigint) as vat_micros,
    case
        when l.archived_at is not null then cast(0 as bigint)
        when l.sold_at is not null then cast(1 as bigint)
        when r.event = 'lead' and l.status not in ('spam', 'duplicate') then cast(1 as bigint)
        when l.status in ('qualified', 'converted') then cast(1 as bigint)
        else cast(0 as bigint)
    end as stands
from conversion_rows as r
inner join conversion_rows as f
    on f.workspace_id = r.workspace_id and f.target_id = r.target_id and f.event = r.event
    and f.record_id = r.record_id and f.seq = 0
inner join conversion_batches as b on b.workspace_id = f.workspace_id and b.id = f.batch_id
inner join leads as l on l.workspace_id = r.workspace_id and l.id = r.record_id
where r.workspace_id = $1 and r.target_id = $2 and r.event <> 'sale' and r.kind <> 'retract'
    and not exists (
        select 1
        from conversion_rows as n
        where n.workspace_id = r.workspace_id and n.target_id = r.target_id and n.event = r.event
            and n.record_id = r.record_id and n.seq > r.seq
    )
    and r.record_id > $3
order by r.record_id
limit $4
