delete from deal_statuses
where workspace_id = $1
