insert into credited
select
    o.workspace, o.id_hi, o.id_lo, k.model, k.traffic, k.touch_at_ms, k.share_micros,
    o.kind, o.at_ms, o.recorded_ms, o.created_ms, o.lead, o.deal, o.visitor, o.visit,
    o.leads, o.qualified, o.deals, o.sales, o.customers,
    o.revenue_micros, o.vat_micros, o.refunds_micros, o.cost_of_goods_micros
from staged_credits as k
join outcomes as o on o.id_hi = k.id_hi and o.id_lo = k.id_lo
