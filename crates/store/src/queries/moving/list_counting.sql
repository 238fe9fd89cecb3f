select name
from sqlite_schema
where type = 'table' and sql like '%autoincrement%'
order by name
