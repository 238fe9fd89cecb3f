update memberships
set role = $4, reach = $5, channels = $6, version = version + 1
where workspace_id = $1 and user_id = $2 and version = $3
returning version
