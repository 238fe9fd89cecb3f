update conversion_rows
set line = ''
where workspace_id = $1 and line <> '' and click_at <= $2
    -- An adjustment that goes by an order number names nobody, and has to be told yet.
    and (
        kind = 'conversion'
        or target_id not in (
            select id
            from conversion_targets
            where workspace_id = $1 and platform = 'google_ads'
        )
    )
