select seq, at, actor_kind, actor_id, actor_name, network, act, object, details, key_id,
    key_name, seal
from audit_entries
where workspace_id = $1 and at >= $2 and at < $3
    and ($4 is null or (actor_kind = 'person' and actor_id = $4))
    and ($5 is null or act = $5)
    and ($6 is null or key_id = $6 or (actor_kind = 'key' and actor_id = $6))
    and (at, seq) < ($7, $8)
order by at desc, seq desc
limit $9
