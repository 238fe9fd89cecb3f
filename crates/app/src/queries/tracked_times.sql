-- What came at a door, by the quarter of an hour; what an import brought names it.
select distinct at_ms - at_ms % $5 as from_ms
from hits
where workspace = $1 and site = $2 and at_ms >= $3 and at_ms < $4 and bot = '' and import is null
order by from_ms
