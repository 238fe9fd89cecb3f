-- One row: with it the batch counts, without it the next writer takes the batch out again.
insert into journal_position
select $1, $2, $3, $4 where :allowed
