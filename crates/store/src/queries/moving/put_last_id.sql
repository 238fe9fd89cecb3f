insert into sqlite_sequence (name, seq)
values ($1, $2)
