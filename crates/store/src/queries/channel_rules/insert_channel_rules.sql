insert into channel_rule_versions (workspace_id, version, rules, author_id, note, created_at)
values ($1, $2, $3, $4, $5, $6)
