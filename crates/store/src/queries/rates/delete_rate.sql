delete from exchange_rates
where workspace_id = $1 and day = $2 and from_currency = $3 and to_currency = $4
