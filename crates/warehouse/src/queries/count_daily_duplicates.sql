select count(*) - count(distinct (workspace, day, traffic, bot))
from hits_daily
where day < $1
