select workspace_id, id, state
from imports
where state in ('queued', 'running', 'undoing', 'cancelling')
order by id
