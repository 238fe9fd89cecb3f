select platform, max(day) as last_day
from costs
where workspace = $1 and platform <> 'manual'
group by platform
having max(day) between $2 and $3
order by platform
