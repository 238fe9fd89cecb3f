update imports
set state = $4
where workspace_id = $1 and id = $2 and state = $3
