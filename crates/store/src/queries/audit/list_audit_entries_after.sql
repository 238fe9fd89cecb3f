select seq, at, actor_kind, actor_id, actor_name, network, act, object, details, key_id,
    key_name, seal
from audit_entries
where workspace_id = $1 and seq > $2
order by seq
limit $3
