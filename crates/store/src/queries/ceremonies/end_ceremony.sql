insert into ceremonies (browser_hash, state, expires_at)
values ($1, $2, $3)
on conflict (browser_hash) do nothing
