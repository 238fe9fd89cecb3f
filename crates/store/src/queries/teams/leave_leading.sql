update teams
set leader_id = null, version = version + 1
where workspace_id = $1 and leader_id = $2
