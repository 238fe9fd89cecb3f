select distinct visitor
from hits
where workspace = $1
union
select distinct visitor
from outcomes
where workspace = $1
