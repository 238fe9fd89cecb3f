select coalesce(
    (select last_id from last_ids where name = $1),
    pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass),
    0
)
