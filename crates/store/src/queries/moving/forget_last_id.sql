delete from sqlite_sequence where name = $1
