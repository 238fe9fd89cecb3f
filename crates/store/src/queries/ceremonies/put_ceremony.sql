insert into ceremonies (browser_hash, network, state, expires_at)
values ($1, $2, $3, $4)
on conflict (browser_hash) do update
set network = excluded.network, state = excluded.state, expires_at = excluded.expires_at
