update users
set name = $3, language = $4, version = version + 1
where id = $1 and version = $2
returning version
