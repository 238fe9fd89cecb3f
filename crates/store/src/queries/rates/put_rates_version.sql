insert into exchange_rate_tables (workspace_id, version)
values ($1, $2)
on conflict (workspace_id) do update set version = excluded.version
