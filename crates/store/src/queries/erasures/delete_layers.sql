delete from import_touches
where workspace_id = $1 and kind = $2 and record_id in (select value from json_each($3))
