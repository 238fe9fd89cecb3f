select segment, byte_offset
from journal_position final
where node = $1
