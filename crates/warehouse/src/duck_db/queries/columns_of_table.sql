select column_name, data_type
from duckdb_columns()
where schema_name = 'main' and table_name = $1 and not internal
order by column_index
