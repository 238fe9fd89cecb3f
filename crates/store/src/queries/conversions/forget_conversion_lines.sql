-- Numbers and values stay, so that nothing is told twice.
update conversion_rows
set line = ''
where workspace_id = $1 and line <> ''
    -- An adjustment that goes by an order number names nobody, and has to be told yet.
    and (
        kind = 'conversion'
        or target_id not in (
            select id
            from conversion_targets
            where workspace_id = $1 and platform = 'google_ads'
        )
    )
    and (
        (event = 'sale' and record_id in (select value from json_each($3)))
        or (event <> 'sale' and record_id in (select value from json_each($2)))
    )
