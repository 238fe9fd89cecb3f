select version
from channel_rules
where workspace_id = $1
