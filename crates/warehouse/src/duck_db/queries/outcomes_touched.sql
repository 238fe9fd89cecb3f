-- Outcomes of visitors who have touches by an import.
select workspace, id_hi, id_lo, visitor, created_ms, declared
from outcomes
join (
    select workspace, visitor, min(at_ms) as at_ms
    from touches
    where workspace = $1 and import = $2
    group by workspace, visitor
) as gone using (workspace, visitor)
where outcomes.created_ms >= gone.at_ms
order by id_hi, id_lo
