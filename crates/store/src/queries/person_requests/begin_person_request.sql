update person_requests
set erasure_id = $3, version = version + 1
where workspace_id = $1 and id = $2 and state = 'open'
