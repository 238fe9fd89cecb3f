select r.day, count(*) as rows
from cost_declarations as d
join cost_rows as r on r.workspace_id = d.workspace_id and r.declaration_id = d.id
where d.workspace_id = $1 and d.platform = $2 and d.source = $3 and d.undone_at is null
    and d.last_day >= $4 and d.first_day <= $5 and r.day between $4 and $5
group by r.day
order by r.day
