-- A copy of each row under the pseudonym; the rows themselves go once the batch is committed.
-- The mark of a stamped hit was made of the visitor or of the browser, and goes with it.
-- On a cluster each node copies what it holds: the rows of a pseudonym lie where the visitor's did.
insert into hits (
    workspace, id_hi, id_lo, kind, at_ms, delay_ms, seq, site, link, visitor, visit,
    visit_age_ms, traffic, page_host, page_path, page_title, name, properties, device, browser,
    os, country, bot, engaged_ms, scroll_percent, revenue_micros, revenue_currency, click_ids,
    import, batch
)
select
    t.workspace, t.id_hi,
    if(t.id_hi = 0 and t.id_lo < 65536, bitAnd(e.pseudonym, 127), t.id_lo),
    t.kind, t.at_ms, t.delay_ms, t.seq, t.site, t.link,
    e.pseudonym,
    if(t.visit = 0, 0, bitAnd(bitXor(t.visit, e.visits), 281474976710655)),
    t.visit_age_ms, t.traffic,
    t.page_host, '', '', if(t.kind in ('outbound', 'download'), '', t.name), '', '', '', '',
    '', t.bot, t.engaged_ms, t.scroll_percent, t.revenue_micros, t.revenue_currency, '',
    t.import, :batch
from hits as t
inner join (select * from erasing where batch = :batch) as e
    on t.workspace = e.workspace and t.visitor = e.visitor
where t.batch < :batch and t.at_ms + t.delay_ms <= e.until_ms and :allowed;

insert into visits (
    workspace, visit, visitor, at_ms, traffic, site, link, page_host, page_path, device,
    browser, os, country, bot, visits, bounces, opening, delay_ms, import, batch
)
select
    t.workspace,
    if(t.visit = 0, 0, bitAnd(bitXor(t.visit, e.visits), 281474976710655)),
    e.pseudonym, t.at_ms,
    t.traffic, t.site, t.link, t.page_host, '', '', '', '', '', t.bot, t.visits, t.bounces,
    t.opening, t.delay_ms, t.import, :batch
from visits as t
inner join (select * from erasing where batch = :batch) as e
    on t.workspace = e.workspace and t.visitor = e.visitor
where t.batch < :batch and t.at_ms + t.delay_ms <= e.until_ms and :allowed;

insert into touches (
    workspace, visitor, at_ms, seq, traffic, direct, delay_ms, import, batch
)
select
    t.workspace, e.pseudonym, t.at_ms, t.seq, t.traffic, t.direct, t.delay_ms, t.import, :batch
from touches as t
inner join (select * from erasing where batch = :batch) as e
    on t.workspace = e.workspace and t.visitor = e.visitor
where t.batch < :batch and t.at_ms + t.delay_ms <= e.until_ms and :allowed;

insert into outcomes (
    workspace, id_hi, id_lo, kind, at_ms, recorded_ms, created_ms, lead, deal, visitor, visit,
    declared, leads, qualified, deals, sales, customers, revenue_micros, vat_micros,
    refunds_micros, cost_of_goods_micros, batch
)
select
    t.workspace, t.id_hi, t.id_lo, t.kind, t.at_ms, t.recorded_ms, t.created_ms, t.lead,
    t.deal, e.pseudonym,
    if(t.visit = 0, 0, bitAnd(bitXor(t.visit, e.visits), 281474976710655)),
    t.declared,
    t.leads, t.qualified, t.deals, t.sales, t.customers, t.revenue_micros, t.vat_micros,
    t.refunds_micros, t.cost_of_goods_micros, :batch
from outcomes as t
inner join (select * from erasing where batch = :batch) as e
    on t.workspace = e.workspace and t.visitor = e.visitor
where t.batch < :batch and t.recorded_ms <= e.until_ms and :allowed;

insert into staged_credited (
    workspace, id_hi, id_lo, model, traffic, touch_at_ms, share_micros, kind, at_ms,
    recorded_ms, created_ms, lead, deal, visitor, visit, leads, qualified, deals, sales,
    customers, revenue_micros, vat_micros, refunds_micros, cost_of_goods_micros, batch
)
select
    t.workspace, t.id_hi, t.id_lo, t.model, t.traffic, t.touch_at_ms, t.share_micros, t.kind,
    t.at_ms, t.recorded_ms, t.created_ms, t.lead, t.deal, e.pseudonym,
    if(t.visit = 0, 0, bitAnd(bitXor(t.visit, e.visits), 281474976710655)),
    t.leads, t.qualified, t.deals, t.sales,
    t.customers, t.revenue_micros, t.vat_micros, t.refunds_micros, t.cost_of_goods_micros,
    :batch
from credited as t
inner join (select * from erasing where batch = :batch) as e
    on t.workspace = e.workspace and t.visitor = e.visitor
where t.batch < :batch and t.recorded_ms <= e.until_ms and :allowed;
