select day, from_currency, to_currency, rate_micros
from exchange_rates
where workspace_id = $1 and from_currency = $2 and to_currency = $3 and day <= $4
order by day desc
limit 1
