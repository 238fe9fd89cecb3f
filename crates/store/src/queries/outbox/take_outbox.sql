select id, fact_id, payload, created_at
from outbox
order by id
limit $1
