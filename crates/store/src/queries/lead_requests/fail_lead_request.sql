update lead_requests
set state = 'failed', error = $3
where workspace_id = $1 and id = $2
