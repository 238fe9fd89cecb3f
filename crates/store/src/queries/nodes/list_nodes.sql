select name, folder, roles, address, version, seen_at, stopped_segment, stopped_offset, gone_at
from nodes
order by name
