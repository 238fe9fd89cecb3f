insert into ceremonies (browser_hash, state, expires_at)
values ($1, $2, $3)
on conflict (browser_hash) do update
set state = excluded.state, expires_at = excluded.expires_at
