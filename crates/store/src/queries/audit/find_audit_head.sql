select seq, seal
from audit_entries
where workspace_id = $1
order by seq desc
limit 1
