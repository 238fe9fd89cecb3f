delete from import_rejections
where workspace_id = $1 and import_id = $2
