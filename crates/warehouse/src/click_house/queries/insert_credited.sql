-- Lays credits of stored outcomes down with the batch.
insert into staged_credited
select
    o.workspace, o.id_hi, o.id_lo, k.c2, k.c3, k.c4, k.c5,
    o.kind, o.at_ms, o.recorded_ms, o.created_ms, o.lead, o.deal, o.visitor, o.visit,
    o.leads, o.qualified, o.deals, o.sales, o.customers,
    o.revenue_micros, o.vat_micros, o.refunds_micros, o.cost_of_goods_micros, :batch
from staged_credits as k
join (
    select * from outcomes where (id_lo, id_hi) in (select c1, c0 from staged_credits)
) as o on o.id_hi = k.c0 and o.id_lo = k.c1
where :allowed
