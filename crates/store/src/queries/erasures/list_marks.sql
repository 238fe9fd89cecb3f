select workspace_id, kind, digest, erasure_id, until_ms
from erased_marks
order by erasure_id, kind, digest
