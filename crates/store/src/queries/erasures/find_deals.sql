select id
from deals
where workspace_id = $1
    and (
        lead_id in (select value from json_each($2))
        or id in (select value from json_each($3))
        or visitor_id in (select value from json_each($4))
        or person_id in (select value from json_each($5))
    )
    and not exists (
        select 1 from erased_records as e
        where e.workspace_id = deals.workspace_id and e.kind = 'deal' and e.record_id = deals.id
    )
order by id
