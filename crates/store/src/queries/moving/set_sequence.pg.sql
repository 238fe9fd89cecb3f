select setval(pg_get_serial_sequence($1, 'id'), $2)
