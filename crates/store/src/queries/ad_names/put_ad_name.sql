insert into ad_entity_names (workspace_id, source, level, external_id, name, first_seen_at,
    last_seen_at)
values ($1, $3, $4, $5, $6, $2, $2)
on conflict (workspace_id, source, level, external_id, name) do update set
    first_seen_at = case
        when excluded.first_seen_at < ad_entity_names.first_seen_at then excluded.first_seen_at
        else ad_entity_names.first_seen_at
    end,
    last_seen_at = case
        when excluded.last_seen_at > ad_entity_names.last_seen_at then excluded.last_seen_at
        else ad_entity_names.last_seen_at
    end
