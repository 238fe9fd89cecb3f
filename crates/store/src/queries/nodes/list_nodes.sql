select
    name, folder, roles, address, version, seen_at, stopped_segment, stopped_offset, gone_at,
    is_unswept
from nodes
order by name
