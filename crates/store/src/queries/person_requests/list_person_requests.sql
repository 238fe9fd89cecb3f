-- The open ones first, those that are due first before the others; then the closed ones.
select id, kind, law, reference, received_day, due_day, author_id, created_at, state, reason, erasure_id,
    closed_at, version
from person_requests
where workspace_id = $1
    and (case when state = 'open' then 10000000 - due_day else due_day end, id) < ($2, $3)
order by case when state = 'open' then 10000000 - due_day else due_day end desc, id desc
limit $4
