update conversion_rows
set line = ''
where workspace_id = $1 and line <> '' and click_at <= $2
