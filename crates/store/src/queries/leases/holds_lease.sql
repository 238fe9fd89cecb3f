select count(*)
from leases
where name = $1 and fence = $2 and holder <> ''
