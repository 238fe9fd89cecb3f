select name, sql
from sqlite_schema
where type = 'index' and sql is not null
order by name
