select day, from_currency, to_currency, rate, nominal
from exchange_rates
where workspace_id = $1 and ($2 is null or from_currency = $2 or to_currency = $2)
order by day desc, from_currency, to_currency
