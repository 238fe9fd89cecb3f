-- The zone in whose days a workspace's hits are added up; UTC where none is named.
create table time_zones (
    workspace bigint not null,
    name varchar not null
);

-- Additive sums of hits and visits by local day of the workspace.
create table hits_daily (
    workspace bigint not null,
    day bigint not null,
    traffic ubigint not null,
    bot bigint not null,
    clicks bigint not null,
    page_views bigint not null,
    events bigint not null,
    form_submits bigint not null,
    engaged_ms bigint not null,
    visits bigint not null,
    bounces bigint not null
);

insert into hits_daily
select
    workspace, day, traffic, bot,
    sum(clicks), sum(page_views), sum(events), sum(form_submits), sum(engaged_ms),
    sum(visits), sum(bounces)
from (
    select
        workspace, at_ms // 86400000 as day, traffic, (bot <> '')::bigint as bot,
        (kind = 'click')::bigint as clicks,
        (kind = 'page_view')::bigint as page_views,
        (kind in ('event', 'revenue'))::bigint as events,
        (kind = 'form_submit')::bigint as form_submits,
        engaged_ms, 0 as visits, 0 as bounces
    from hits
    union all
    select
        workspace, at_ms // 86400000, traffic, (bot <> '')::bigint,
        0, 0, 0, 0, 0, visits, bounces
    from visits
) as sources
group by workspace, day, traffic, bot;

drop table hits_hourly;

-- An outcome under each attribution model, with the traffic it is owed to: what a report sums up
-- without a join. It repeats the outcome's columns; a row is replaced when the credit changes.
create table credited (
    workspace bigint not null,
    id_hi ubigint not null,
    id_lo ubigint not null,
    model varchar not null,
    traffic ubigint not null,
    touch_at_ms bigint not null,
    share_micros bigint not null,
    kind varchar not null,
    at_ms bigint not null,
    recorded_ms bigint not null,
    created_ms bigint not null,
    lead bigint,
    deal bigint,
    visitor ubigint not null,
    visit ubigint not null,
    leads bigint not null,
    qualified bigint not null,
    deals bigint not null,
    sales bigint not null,
    customers bigint not null,
    revenue_micros bigint not null,
    vat_micros bigint not null,
    refunds_micros bigint not null,
    cost_of_goods_micros bigint not null
);

insert into credited
select
    k.workspace, k.id_hi, k.id_lo, k.model, k.traffic, k.touch_at_ms, k.share_micros,
    o.kind, o.at_ms, o.recorded_ms, o.created_ms, o.lead, o.deal, o.visitor, o.visit,
    o.leads, o.qualified, o.deals, o.sales, o.customers,
    o.revenue_micros, o.vat_micros, o.refunds_micros, o.cost_of_goods_micros
from credits as k
join outcomes as o on o.id_hi = k.id_hi and o.id_lo = k.id_lo;

drop table credits;
