select r.id, r.event, r.record_id, r.seq, r.kind, r.at, r.click_at, r.value_micros, r.currency, r.line,
    coalesce(l.name, '') as name, coalesce(d.external_id, '') as label
from conversion_rows as r
left join deals as d
    on r.event = 'sale' and d.workspace_id = r.workspace_id and d.id = r.record_id
left join leads as l
    on l.workspace_id = r.workspace_id
    and l.id = case when r.event = 'sale' then d.lead_id else r.record_id end
where r.workspace_id = $1 and r.batch_id = $2 and (r.at, r.id) < ($3, $4)
order by r.at desc, r.id desc
limit $5
