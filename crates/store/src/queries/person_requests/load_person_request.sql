select id, kind, law, reference, received_day, due_day, author_id, created_at, state, reason, erasure_id,
    closed_at, version
from person_requests
where workspace_id = $1 and id = $2
