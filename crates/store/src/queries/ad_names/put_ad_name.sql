insert into ad_entity_names (workspace_id, source, level, external_id, name, first_seen_at,
    last_seen_at)
values ($1, $3, $4, $5, $6, $2, $2)
on conflict (workspace_id, source, level, external_id, name) do update set
    first_seen_at = min(ad_entity_names.first_seen_at, excluded.first_seen_at),
    last_seen_at = max(ad_entity_names.last_seen_at, excluded.last_seen_at)
