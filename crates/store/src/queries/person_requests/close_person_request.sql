update person_requests
set state = $4, reason = $5, erasure_id = coalesce($6, erasure_id), closed_at = $7,
    version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and state = 'open'
returning version
