select at, recorded_at, field, old_value, new_value, author_id, import_id
from deal_history
where workspace_id = $1 and deal_id = $2
order by at, id
