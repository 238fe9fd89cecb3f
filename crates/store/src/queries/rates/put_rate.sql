insert into exchange_rates (workspace_id, day, from_currency, to_currency, rate_micros)
values ($1, $2, $3, $4, $5)
on conflict (workspace_id, from_currency, to_currency, day) do update set
    rate_micros = excluded.rate_micros
