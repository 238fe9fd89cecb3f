select source, level, external_id, name, first_seen_at, last_seen_at
from ad_entity_names
where workspace_id = $1 and source = $2 and level = $3
    and external_id in (select value from json_each($4))
order by external_id, last_seen_at, name
