select traffic, sum(visits) as visits
from visits
where workspace = $1 and bot = ''
group by traffic
order by traffic
