-- Whether a database has its tables.
select count() from system.tables where database = $1 and name = 'journal_position'
