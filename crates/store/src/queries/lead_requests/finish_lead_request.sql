update lead_requests
set state = 'done', lead_id = $3, error = null
where workspace_id = $1 and id = $2
