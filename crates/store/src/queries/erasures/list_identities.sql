select person_id, kind, value
from identities
where workspace_id = $1
    and (
        value in (select value from json_each($2))
        or person_id in (select value from json_each($3))
    )
order by kind, value
