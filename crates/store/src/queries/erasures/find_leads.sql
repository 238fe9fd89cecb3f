select id
from leads
where workspace_id = $1
    and (
        id in (select value from json_each($2))
        or phone_e164 in (select value from json_each($3))
        or phone in (select value from json_each($3))
        or email_norm in (select value from json_each($4))
        or email in (select value from json_each($4))
        or visitor_id in (select value from json_each($5))
        or person_id in (select value from json_each($6))
    )
    and not exists (
        select 1 from erased_records as e
        where e.workspace_id = leads.workspace_id and e.kind = 'lead' and e.record_id = leads.id
    )
order by id
