select g.declaration_id, g.day, g.traffic_key, g.original_currency
from cost_declarations as d
join cost_gaps as g on g.workspace_id = d.workspace_id and g.declaration_id = d.id
where d.workspace_id = $1 and d.platform = $2 and d.source = $3 and d.undone_at is null
    and d.last_day >= $4 and d.first_day <= $5 and g.day between $4 and $5
    and g.traffic_key between $6 and $7
order by g.declaration_id, g.day
