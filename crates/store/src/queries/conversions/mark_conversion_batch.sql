update conversion_batches
set state = $4, state_at = $5, version = version + 1
where workspace_id = $1 and id = $2 and version = $3 and state = 'made'
returning version
