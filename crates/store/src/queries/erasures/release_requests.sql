update leads
set request_id = null
where workspace_id = $1 and request_id in (select value from json_each($2))
