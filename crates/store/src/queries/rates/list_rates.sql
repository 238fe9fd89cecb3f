select day, from_currency, to_currency, rate, nominal
from exchange_rates
where workspace_id = $1 and ($2 is null or from_currency = $2 or to_currency = $2)
    and (day < $3 or (day = $3 and from_currency || to_currency > $4))
order by day desc, from_currency, to_currency
limit $5
