-- Numbers and values stay, so that nothing is told twice.
update conversion_rows
set line = ''
where workspace_id = $1 and line <> ''
    and (
        (event = 'sale' and record_id in (select value from json_each($3)))
        or (event <> 'sale' and record_id in (select value from json_each($2)))
    )
