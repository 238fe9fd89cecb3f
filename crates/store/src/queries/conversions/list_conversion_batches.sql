select b.id, b.target_id, b.kind, b.head, b.rows, b.sum_micros, b.currency, b.left_out, b.author_id,
    b.created_at, b.conversion, b.state, b.state_at, b.version, t.platform, t.event
from conversion_batches as b
inner join conversion_targets as t on t.workspace_id = b.workspace_id and t.id = b.target_id
where b.workspace_id = $1 and (b.created_at, b.id) < ($2, $3)
order by b.created_at desc, b.id desc
limit $4
