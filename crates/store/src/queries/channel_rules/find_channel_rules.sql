select v.version, v.rules, v.author_id, v.note, v.created_at
from channel_rules as c
join channel_rule_versions as v on v.workspace_id = c.workspace_id and v.version = c.version
where c.workspace_id = $1
