insert into deal_statuses (workspace_id, status, status_group)
values ($1, $2, $3)
