insert into nodes (name, folder, roles, address, version, seen_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (name) do update
set roles = excluded.roles, address = excluded.address, version = excluded.version,
    seen_at = excluded.seen_at, stopped_segment = null, stopped_offset = null, gone_at = null
where nodes.folder = excluded.folder
