-- Leads that became no deal and still say who somebody is.
select l.id
from leads as l
where l.workspace_id = $1 and l.recorded_at <= $2
    and (
        l.name <> '' or l.phone <> '' or l.email <> '' or l.message <> '' or l.page <> ''
        or substr(l.external_id, 1, 7) <> 'erased-'
        or exists (select 1 from json_each(l.fields) as f where f.key <> 'status_word')
    )
    and not exists (
        select 1 from deals as d where d.workspace_id = l.workspace_id and d.lead_id = l.id
    )
order by l.id
limit $3
