select count(*) - count(distinct (workspace, hour, traffic, device, country, site, bot))
from hits_hourly
where hour < $1
