select name, lower(type) as kind
from pragma_table_info($1)
order by cid
