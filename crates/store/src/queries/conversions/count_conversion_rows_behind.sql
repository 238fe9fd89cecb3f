-- What a later file says of the records of this one.
select count(*)
from conversion_rows as r
inner join conversion_rows as n
    on n.workspace_id = r.workspace_id and n.target_id = r.target_id and n.event = r.event
    and n.record_id = r.record_id and n.seq > r.seq
where r.workspace_id = $1 and r.batch_id = $2 and n.batch_id <> $2
