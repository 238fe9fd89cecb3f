select person_id, kind, value
from identities
where workspace_id = $1 and kind = $2 and value in (select value from json_each($3))
