select seq, at, actor_kind, actor_id, actor_name, network, act, object, details, key_id,
    key_name, seal
from audit_entries
where workspace_id = $1 and seq = (
    select coalesce(
        (select min(seq) from audit_entries where workspace_id = $1 and at > $2),
        (select max(seq) from audit_entries where workspace_id = $1)
    ) - 1
)
