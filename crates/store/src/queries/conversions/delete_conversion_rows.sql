delete from conversion_rows
where workspace_id = $1 and batch_id = $2
