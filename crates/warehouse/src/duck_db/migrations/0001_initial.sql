-- Numbers are bigint or ubigint and texts are never null (empty means unknown), so that the same
-- tables fit a ClickHouse cluster. A ubigint key of 0 means none. Times are UTC milliseconds.
-- There are no primary keys: the loader removes duplicates, see the crate's README.

create table meta (
    key varchar not null,
    value varchar not null
);

create table journal_position (
    node varchar not null,
    segment ubigint not null,
    byte_offset ubigint not null
);

create table hits (
    workspace bigint not null,
    id_hi ubigint not null,
    id_lo ubigint not null,
    kind varchar not null,
    at_ms bigint not null,
    recorded_ms bigint not null,
    seq bigint not null,
    site bigint,
    link bigint,
    visitor ubigint not null,
    visit ubigint not null,
    visit_at_ms bigint not null,
    traffic ubigint not null,
    page_host varchar not null,
    page_path varchar not null,
    page_title varchar not null,
    name varchar not null,
    properties varchar not null,
    device varchar not null,
    browser varchar not null,
    os varchar not null,
    country varchar not null,
    bot varchar not null,
    engaged_ms bigint not null,
    scroll_percent bigint not null,
    revenue_micros bigint,
    revenue_currency varchar not null,
    click_ids varchar not null
);

-- Ids chosen by the sender: a delivery of these may come twice.
create table repeatable_hits (
    id_hi ubigint not null,
    id_lo ubigint not null
);

-- Signed rows of a visit, all at the visit's start and with the dimensions of its first hit:
-- one that opens it (+1 visit, +1 bounce) and at most one that shows it was no bounce (-1).
create table visits (
    workspace bigint not null,
    visit ubigint not null,
    visitor ubigint not null,
    at_ms bigint not null,
    recorded_ms bigint not null,
    traffic ubigint not null,
    site bigint,
    link bigint,
    page_host varchar not null,
    page_path varchar not null,
    device varchar not null,
    browser varchar not null,
    os varchar not null,
    country varchar not null,
    bot varchar not null,
    visits bigint not null,
    bounces bigint not null,
    -- 1 on exactly one row a visit, so that a join never doubles anything.
    opening bigint not null
);

create table touches (
    workspace bigint not null,
    visitor ubigint not null,
    at_ms bigint not null,
    seq bigint not null,
    traffic ubigint not null,
    direct bigint not null
);

create table outcomes (
    workspace bigint not null,
    id_hi ubigint not null,
    id_lo ubigint not null,
    kind varchar not null,
    at_ms bigint not null,
    recorded_ms bigint not null,
    created_ms bigint not null,
    lead bigint,
    deal bigint,
    visitor ubigint not null,
    visit ubigint not null,
    declared ubigint not null,
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

create table credits (
    workspace bigint not null,
    id_hi ubigint not null,
    id_lo ubigint not null,
    model varchar not null,
    traffic ubigint not null,
    touch_at_ms bigint not null,
    share_micros bigint not null
);

create table costs (
    workspace bigint not null,
    id_hi ubigint not null,
    id_lo ubigint not null,
    day bigint not null,
    recorded_ms bigint not null,
    import bigint not null,
    platform varchar not null,
    traffic ubigint not null,
    channel bigint,
    impressions bigint not null,
    clicks bigint not null,
    cost_micros bigint not null,
    vat_micros bigint not null,
    original_micros bigint not null,
    original_currency varchar not null
);

create table traffic (
    workspace bigint not null,
    traffic ubigint not null,
    source varchar not null,
    medium varchar not null,
    campaign varchar not null,
    ad_group varchar not null,
    ad varchar not null,
    keyword varchar not null,
    click_id varchar not null,
    referrer varchar not null,
    default_channel varchar not null
);

create table labels (
    workspace bigint not null,
    traffic ubigint not null,
    channel bigint,
    subchannel bigint,
    source varchar not null,
    campaign varchar not null,
    ad_group varchar not null,
    ad varchar not null,
    keyword varchar not null,
    version bigint not null
);

create table channels (
    workspace bigint not null,
    channel bigint not null,
    parent bigint,
    -- The channel at the top of this one's branch; itself for a top channel.
    top bigint not null,
    name varchar not null,
    colour bigint not null,
    position bigint not null
);

create table hits_hourly (
    workspace bigint not null,
    -- Hours since the epoch.
    hour bigint not null,
    traffic ubigint not null,
    device varchar not null,
    country varchar not null,
    site bigint,
    bot bigint not null,
    hits bigint not null,
    clicks bigint not null,
    page_views bigint not null,
    events bigint not null,
    form_submits bigint not null,
    engaged_ms bigint not null,
    visits bigint not null,
    bounces bigint not null
);
