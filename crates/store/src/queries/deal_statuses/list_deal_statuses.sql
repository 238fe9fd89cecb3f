select status, status_group
from deal_statuses
where workspace_id = $1
order by status
