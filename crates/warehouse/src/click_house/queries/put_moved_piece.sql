insert into moved_pieces
select $1, (select any(mark) from moved_pieces where moved = ''), $2, $3 where :allowed
