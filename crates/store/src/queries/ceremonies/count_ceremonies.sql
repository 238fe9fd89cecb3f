select count(*)
from ceremonies
where network = $1 and expires_at > $2
