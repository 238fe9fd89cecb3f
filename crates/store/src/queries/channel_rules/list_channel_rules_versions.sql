select version, rules, author_id, note, created_at
from channel_rule_versions
where workspace_id = $1 and (created_at, version) < ($2, $3)
order by created_at desc, version desc
limit $4
