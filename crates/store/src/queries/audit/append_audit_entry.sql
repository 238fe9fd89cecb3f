insert into audit_entries (
    workspace_id, seq, at, actor_kind, actor_id, actor_name, network, act, object, details,
    key_id, key_name, seal
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
