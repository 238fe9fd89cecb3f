select source, level, external_id, name, first_seen_at, last_seen_at
from ad_entity_names
where workspace_id = $1
order by source, level, external_id, last_seen_at, name
