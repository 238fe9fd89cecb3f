insert into outbox (created_at, fact_id, payload)
values ($1, $2, $3)
on conflict (fact_id) do nothing
