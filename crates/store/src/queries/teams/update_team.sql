update teams
set name = $4, leader_id = $5, version = version + 1
where workspace_id = $1 and id = $2 and version = $3
returning version
