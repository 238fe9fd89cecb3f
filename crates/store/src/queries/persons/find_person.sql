select person_id
from identities
where workspace_id = $1 and kind = $2 and value = $3
