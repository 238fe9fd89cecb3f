delete from outbox
where id <= $1
