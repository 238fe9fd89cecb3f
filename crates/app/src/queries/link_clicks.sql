select link, count(*) as clicks
from hits
where workspace = $1 and at_ms >= $2 and kind = 'click' and bot = '' and link is not null
group by link
order by link
