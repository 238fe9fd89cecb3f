select count(*)
from person_requests
where workspace_id = $1 and state = 'open' and due_day <= $2
