select failures, started_at
from login_attempts
where bucket = $1 and started_at > $2
