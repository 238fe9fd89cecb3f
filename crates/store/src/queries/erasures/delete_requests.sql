delete from lead_requests
where workspace_id = $1 and id in (select value from json_each($2))
