delete from deal_history
where workspace_id = $1 and import_id = $2 and deal_id in (select value from json_each($3))
