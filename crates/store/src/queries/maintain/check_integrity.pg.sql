select 'constraint ' || c.conname || ' was never checked' as fault
from pg_constraint as c
where c.connamespace = current_schema()::regnamespace and not c.convalidated
union all
select 'index ' || c.relname || ' is not usable' as fault
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
where c.relnamespace = current_schema()::regnamespace and not (i.indisvalid and i.indisready)
order by fault
