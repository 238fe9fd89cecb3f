delete from team_members
where workspace_id = $1 and user_id = $2
