select traffic
from labels
where workspace = $1 and (channel = $2 or subchannel = $2)
order by traffic
