insert into deal_status_maps (workspace_id, version)
values ($1, $2)
on conflict (workspace_id) do update set version = excluded.version
