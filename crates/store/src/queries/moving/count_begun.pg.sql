select count(*)
from pg_class
where relnamespace = current_schema()::regnamespace and relname = 'schema_version'
