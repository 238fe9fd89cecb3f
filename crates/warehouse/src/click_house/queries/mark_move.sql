insert into moved_pieces
select '', $1, 0, 0 where :allowed and (select count() from moved_pieces where moved = '') = 0
