update person_requests
set state = 'done', closed_at = $3, version = version + 1
where workspace_id = $1 and erasure_id = $2 and state = 'open'
