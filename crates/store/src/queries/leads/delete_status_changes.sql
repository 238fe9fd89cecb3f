delete from lead_status_history
where workspace_id = $1 and lead_id in (select value from json_each($2))
