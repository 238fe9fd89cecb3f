select visit, visitor, at_ms, traffic
from visits
where workspace = $1 and opening = 1
    and visit in (select cast(unnest(string_split($2, ',')) as ubigint))
order by at_ms, visit
