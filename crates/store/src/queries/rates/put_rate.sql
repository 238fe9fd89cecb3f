insert into exchange_rates (workspace_id, day, from_currency, to_currency, rate, nominal)
values ($1, $2, $3, $4, $5, $6)
on conflict (workspace_id, from_currency, to_currency, day) do update set
    rate = excluded.rate,
    nominal = excluded.nominal
