select sum(bytes_on_disk) from system.parts where active and database = currentDatabase()
