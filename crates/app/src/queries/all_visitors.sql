select distinct visitor
from (
    select visitor from hits where workspace = $1
    union all
    select visitor from outcomes where workspace = $1
) as known
