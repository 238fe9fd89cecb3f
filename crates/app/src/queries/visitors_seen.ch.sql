select visit, visitor, at_ms, traffic
from visits
where workspace = $1 and opening = 1
    and visitor in (select toUInt64(arrayJoin(splitByChar(',', $2))))
order by at_ms, visit
