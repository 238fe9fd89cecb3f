-- Outcomes of visitors who have touches by an import.
select o.workspace, o.id_hi, o.id_lo, o.visitor, o.created_ms, o.declared
from outcomes as o
join (
    select workspace, visitor, min(at_ms) as first_ms
    from touches
    where workspace = $1 and import = $2
    group by workspace, visitor
) as gone on gone.workspace = o.workspace and gone.visitor = o.visitor
where o.created_ms >= gone.first_ms
order by o.id_hi, o.id_lo
