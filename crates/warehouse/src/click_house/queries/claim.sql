insert into writers
select max(epoch) + 1, $1 from writers
