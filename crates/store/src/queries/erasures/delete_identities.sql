delete from identities
where workspace_id = $1 and value in (select value from json_each($2))
