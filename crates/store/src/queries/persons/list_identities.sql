select kind, value
from identities
where workspace_id = $1 and person_id = $2
order by kind, value
