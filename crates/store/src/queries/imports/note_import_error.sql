update imports
set error = $3
where workspace_id = $1 and id = $2
