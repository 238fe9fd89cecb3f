insert into writers
select $1, $2 where coalesce((select max(epoch) from writers), 0) < $1
