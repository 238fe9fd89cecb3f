select coalesce(max(id), 0)
from lead_requests
