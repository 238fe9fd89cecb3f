select coalesce((select seq from sqlite_sequence where name = 'outbox'), 0)
    - (select count(*) from outbox)
