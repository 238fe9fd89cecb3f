select name, seq as last_id, name in ('leads', 'deals', 'payments', 'persons') as is_counted
from sqlite_sequence
order by name
