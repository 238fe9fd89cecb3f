select version
from exchange_rate_tables
where workspace_id = $1
