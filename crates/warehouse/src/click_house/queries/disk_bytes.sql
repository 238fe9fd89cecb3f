select sum(bytes_on_disk) from :parts where active and database = $1
