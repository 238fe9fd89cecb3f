-- A table that was filled from an empty one has a count, of nothing.
select name, seq as last_id, name in ('leads', 'deals', 'payments', 'persons') as is_counted
from sqlite_sequence
where seq > 0
order by name
