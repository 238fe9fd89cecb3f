insert into teams (workspace_id, created_at, name, leader_id, version)
values ($1, $2, $3, $4, 1)
returning id
