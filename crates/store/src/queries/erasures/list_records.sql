select workspace_id, kind, record_id, erasure_id
from erased_records
order by erasure_id, kind, record_id
