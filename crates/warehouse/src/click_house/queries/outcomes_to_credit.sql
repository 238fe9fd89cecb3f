-- Outcomes of visitors whose earlier touches have just arrived.
select o.workspace, o.id_hi, o.id_lo, o.visitor, o.created_ms, o.declared
from (select * from outcomes where visitor in (select c1 from staged_touches)) as o
join staged_touches as t on t.c0 = o.workspace and t.c1 = o.visitor
where o.created_ms >= t.c2
order by o.id_hi, o.id_lo
