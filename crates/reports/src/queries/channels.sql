select channel, name, colour
from channels
where workspace = $1
order by channel
