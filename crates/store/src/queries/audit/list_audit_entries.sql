select seq, at, actor_kind, actor_id, actor_name, network, act, object, details, seal
from audit_entries
where workspace_id = $1 and at >= $2 and at < $3
    and ($4 is null or (actor_kind = 'person' and actor_id = $4))
    and ($5 is null or act = $5)
    and (at, seq) < ($6, $7)
order by at desc, seq desc
limit $8
