insert into deal_history (workspace_id, deal_id, at, recorded_at, field, old_value, author_id)
select workspace_id, id, $4, $4, 'assignee', cast($2 as text), $3
from deals
where workspace_id = $1 and assignee_id = $2
order by id
