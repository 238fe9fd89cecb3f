select version, rules, author_id, note, created_at
from channel_rule_versions
where workspace_id = $1
order by version desc
