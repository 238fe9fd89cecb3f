select day, from_currency, to_currency, rate, nominal
from exchange_rates
where workspace_id = $1
order by day, from_currency, to_currency
