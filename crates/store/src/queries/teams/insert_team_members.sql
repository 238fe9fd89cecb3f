insert into team_members (workspace_id, team_id, user_id)
values ($1, $2, $3)
on conflict (workspace_id, team_id, user_id) do nothing
