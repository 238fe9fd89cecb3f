create temporary table closed_hits as
select * from hits where at_ms >= :from_ms and at_ms < :until_ms;

delete from hits where at_ms >= :from_ms and at_ms < :until_ms;

insert into hits
select * from closed_hits
order by at_ms // 86400000, visitor, at_ms, seq, id_hi, id_lo;

drop table closed_hits;
