insert into nodes (name, folder, roles, address, version, seen_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (name) do update
set roles = excluded.roles, address = excluded.address, version = excluded.version,
    seen_at = excluded.seen_at, stopped_segment = null, stopped_offset = null, gone_at = null,
    -- While nobody waited for it, people were erased without it.
    is_unswept = case when nodes.gone_at is null then nodes.is_unswept else 1 end
where nodes.folder = excluded.folder
