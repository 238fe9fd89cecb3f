-- What each outcome was owed to at a moment: of the visitor's touches that were recorded until then
-- the one that the model chooses, else the declared source. The columns are those of `credited`.
select
    o.workspace, o.id_hi, o.id_lo, ':model' as model,
    coalesce(k.traffic, o.declared) as traffic,
    coalesce(k.at_ms, o.created_ms) as touch_at_ms,
    :whole as share_micros,
    o.kind, o.at_ms, o.recorded_ms, o.created_ms, o.lead, o.deal, o.visitor, o.visit,
    o.leads, o.qualified, o.deals, o.sales, o.customers,
    o.revenue_micros, o.vat_micros, o.refunds_micros, o.cost_of_goods_micros
from outcomes as o
left join (
    select id_hi, id_lo, traffic, at_ms
    from (
        select
            f.id_hi as id_hi, f.id_lo as id_lo, t.traffic as traffic, t.at_ms as at_ms,
            row_number() over (partition by f.id_hi, f.id_lo order by :choice) as place
        from outcomes as f
        join touches as t
            on t.workspace = f.workspace and t.visitor = f.visitor and t.at_ms <= f.created_ms
        where f.workspace = :workspace and f.visitor <> 0 and f.recorded_ms <= :known_on
            and t.at_ms + t.delay_ms <= :known_on
    ) as ordered
    where place = 1
) as k on k.id_hi = o.id_hi and k.id_lo = o.id_lo
where o.workspace = :workspace and o.recorded_ms <= :known_on
