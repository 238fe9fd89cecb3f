select id, event, record_id, seq, kind, at, click_at, value_micros, currency, line, '' as name,
    '' as label
from conversion_rows
where workspace_id = $1
    and (
        (event = 'sale' and record_id in (select value from json_each($3)))
        or (event <> 'sale' and record_id in (select value from json_each($2)))
    )
order by id
