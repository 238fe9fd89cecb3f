select distinct lead
from outcomes
where workspace = $1 and visitor = $2 and lead is not null
order by lead
limit 100
