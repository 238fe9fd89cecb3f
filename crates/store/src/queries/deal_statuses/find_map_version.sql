select version
from deal_status_maps
where workspace_id = $1
