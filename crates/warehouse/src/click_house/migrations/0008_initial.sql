-- A server begins with the schema that files have in version 8: the same tables and columns, except
-- that nothing is kept by campaign, and that rows carry the batch that they came with. A batch that
-- was not committed is taken out again by it. Inserts are synced before they are acknowledged, so
-- that no position outlives the rows before it.

-- Who writes: the latest epoch alone may. What it is doing is "writing", or "wiping" while the
-- tables of facts are emptied.
create table if not exists writers (
    epoch UInt64,
    doing LowCardinality(String)
) engine = MergeTree order by epoch
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- The last committed batch of each node's journal, and where it ended.
create table if not exists journal_position (
    node String,
    segment UInt64,
    byte_offset UInt64,
    batch UInt64
) engine = ReplacingMergeTree(batch) order by node
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists hits (
    workspace Int64,
    id_hi UInt64,
    id_lo UInt64,
    kind LowCardinality(String),
    at_ms Int64 codec(DoubleDelta, ZSTD),
    delay_ms Int64 codec(T64, ZSTD),
    seq Int64 codec(T64, ZSTD),
    site Nullable(Int64),
    link Nullable(Int64),
    visitor UInt64,
    visit UInt64,
    visit_age_ms Int64 codec(T64, ZSTD),
    traffic UInt64,
    page_host LowCardinality(String),
    page_path String codec(ZSTD),
    page_title String codec(ZSTD),
    name LowCardinality(String),
    properties String codec(ZSTD),
    device LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    country LowCardinality(String),
    bot LowCardinality(String),
    engaged_ms Int64 codec(T64, ZSTD),
    scroll_percent Int64 codec(T64, ZSTD),
    revenue_micros Nullable(Int64),
    revenue_currency LowCardinality(String),
    click_ids String codec(ZSTD(3)),
    batch UInt64 codec(DoubleDelta, ZSTD),
    index at_ms at_ms type minmax granularity 1,
    index id_lo id_lo type bloom_filter granularity 4,
    index batch batch type minmax granularity 8
) engine = MergeTree
partition by toYYYYMM(toDateTime(intDiv(at_ms, 1000), 'UTC'))
order by (workspace, intDiv(at_ms, 86400000), visitor, at_ms, seq, id_hi, id_lo)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists repeatable_hits (
    id_hi UInt64,
    id_lo UInt64,
    batch UInt64 codec(DoubleDelta, ZSTD),
    index batch batch type minmax granularity 8
) engine = MergeTree order by (id_lo, id_hi)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists visits (
    workspace Int64,
    visit UInt64,
    visitor UInt64,
    at_ms Int64 codec(DoubleDelta, ZSTD),
    traffic UInt64,
    site Nullable(Int64),
    link Nullable(Int64),
    page_host LowCardinality(String),
    page_path String codec(ZSTD),
    device LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    country LowCardinality(String),
    bot LowCardinality(String),
    visits Int64 codec(T64, ZSTD),
    bounces Int64 codec(T64, ZSTD),
    opening Int64 codec(T64, ZSTD),
    delay_ms Int64 codec(T64, ZSTD),
    batch UInt64 codec(DoubleDelta, ZSTD),
    index at_ms at_ms type minmax granularity 1,
    index visit visit type bloom_filter granularity 4,
    index batch batch type minmax granularity 8
) engine = MergeTree
partition by toYYYYMM(toDateTime(intDiv(at_ms, 1000), 'UTC'))
order by (workspace, intDiv(at_ms, 86400000), visitor, at_ms, visit)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists touches (
    workspace Int64,
    visitor UInt64,
    at_ms Int64 codec(DoubleDelta, ZSTD),
    seq Int64 codec(T64, ZSTD),
    traffic UInt64,
    direct Int64 codec(T64, ZSTD),
    delay_ms Int64 codec(T64, ZSTD),
    batch UInt64 codec(DoubleDelta, ZSTD),
    index batch batch type minmax granularity 8
) engine = MergeTree order by (workspace, visitor, at_ms, seq, traffic)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists outcomes (
    workspace Int64,
    id_hi UInt64,
    id_lo UInt64,
    kind LowCardinality(String),
    at_ms Int64,
    recorded_ms Int64,
    created_ms Int64,
    lead Nullable(Int64),
    deal Nullable(Int64),
    visitor UInt64,
    visit UInt64,
    declared UInt64,
    leads Int64 codec(T64, ZSTD),
    qualified Int64 codec(T64, ZSTD),
    deals Int64 codec(T64, ZSTD),
    sales Int64 codec(T64, ZSTD),
    customers Int64 codec(T64, ZSTD),
    revenue_micros Int64,
    vat_micros Int64,
    refunds_micros Int64,
    cost_of_goods_micros Int64,
    batch UInt64 codec(DoubleDelta, ZSTD),
    index visitor visitor type bloom_filter granularity 4,
    index batch batch type minmax granularity 8
) engine = MergeTree order by (id_lo, id_hi)
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- What a batch credits and adds up is laid down with the batch, and moved to where reports read it
-- once the batch is committed. Moving again does nothing: the server knows the move by its token.
create table if not exists credited (
    workspace Int64,
    id_hi UInt64,
    id_lo UInt64,
    model LowCardinality(String),
    traffic UInt64,
    touch_at_ms Int64,
    share_micros Int64,
    kind LowCardinality(String),
    at_ms Int64,
    recorded_ms Int64,
    created_ms Int64,
    lead Nullable(Int64),
    deal Nullable(Int64),
    visitor UInt64,
    visit UInt64,
    leads Int64 codec(T64, ZSTD),
    qualified Int64 codec(T64, ZSTD),
    deals Int64 codec(T64, ZSTD),
    sales Int64 codec(T64, ZSTD),
    customers Int64 codec(T64, ZSTD),
    revenue_micros Int64,
    vat_micros Int64,
    refunds_micros Int64,
    cost_of_goods_micros Int64,
    batch UInt64 codec(DoubleDelta, ZSTD),
    index touch_at_ms touch_at_ms type minmax granularity 1,
    index at_ms at_ms type minmax granularity 1,
    index created_ms created_ms type minmax granularity 1,
    index id_lo id_lo type bloom_filter granularity 4
) engine = MergeTree order by (workspace, model, intDiv(touch_at_ms, 86400000), id_hi, id_lo)
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists staged_credited (
    workspace Int64,
    id_hi UInt64,
    id_lo UInt64,
    model LowCardinality(String),
    traffic UInt64,
    touch_at_ms Int64,
    share_micros Int64,
    kind LowCardinality(String),
    at_ms Int64,
    recorded_ms Int64,
    created_ms Int64,
    lead Nullable(Int64),
    deal Nullable(Int64),
    visitor UInt64,
    visit UInt64,
    leads Int64 codec(T64, ZSTD),
    qualified Int64 codec(T64, ZSTD),
    deals Int64 codec(T64, ZSTD),
    sales Int64 codec(T64, ZSTD),
    customers Int64 codec(T64, ZSTD),
    revenue_micros Int64,
    vat_micros Int64,
    refunds_micros Int64,
    cost_of_goods_micros Int64,
    batch UInt64 codec(DoubleDelta, ZSTD)
) engine = MergeTree order by batch
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- Ids of outcomes whose credit the batch works out again.
create table if not exists recredited (
    id_hi UInt64,
    id_lo UInt64,
    batch UInt64
) engine = MergeTree order by batch
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists costs (
    workspace Int64,
    id_hi UInt64,
    id_lo UInt64,
    day Int64,
    recorded_ms Int64,
    import Int64,
    platform LowCardinality(String),
    traffic UInt64,
    channel Nullable(Int64),
    impressions Int64,
    clicks Nullable(Int64),
    cost_micros Int64,
    vat_micros Int64,
    original_micros Int64,
    original_currency LowCardinality(String),
    batch UInt64 codec(DoubleDelta, ZSTD),
    index id_lo id_lo type bloom_filter granularity 4,
    index batch batch type minmax granularity 8
) engine = MergeTree order by (workspace, day, traffic, id_hi, id_lo)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists lead_states (
    workspace Int64,
    id_hi UInt64,
    id_lo UInt64,
    lead Int64,
    version Int64,
    recorded_ms Int64,
    status LowCardinality(String),
    batch UInt64 codec(DoubleDelta, ZSTD),
    index id_lo id_lo type bloom_filter granularity 4,
    index batch batch type minmax granularity 8
) engine = MergeTree order by (workspace, lead, version)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists traffic (
    workspace Int64,
    traffic UInt64,
    source String,
    medium String,
    campaign String,
    ad_group String,
    ad String,
    keyword String,
    click_id LowCardinality(String),
    referrer String,
    default_channel LowCardinality(String),
    batch UInt64
) engine = MergeTree order by (workspace, traffic)
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- Labels are never changed in place: the row of the latest revision counts. Those of a batch are
-- the first of their tuples; whoever labels again writes rows of no batch.
create table if not exists label_revisions (
    workspace Int64,
    traffic UInt64,
    channel Nullable(Int64),
    subchannel Nullable(Int64),
    source String,
    campaign String,
    ad_group String,
    ad String,
    keyword String,
    version Int64,
    campaign_key UInt64,
    revision UInt64,
    batch UInt64
) engine = ReplacingMergeTree(revision) order by (workspace, traffic)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create view if not exists labels as
select
    workspace, traffic, channel, subchannel, source, campaign, ad_group, ad, keyword, version,
    campaign_key
from label_revisions final;

create table if not exists past_labels (
    workspace Int64,
    traffic UInt64,
    channel Nullable(Int64),
    subchannel Nullable(Int64),
    source String,
    campaign String,
    ad_group String,
    ad String,
    keyword String,
    version Int64,
    campaign_key UInt64,
    until_ms Int64
) engine = MergeTree order by (workspace, traffic, until_ms)
settings fsync_after_insert = 1, fsync_part_directory = 1;

-- Channels are published whole; a row of channel 0 says that a revision is there.
create table if not exists channel_revisions (
    workspace Int64,
    channel Int64,
    parent Nullable(Int64),
    top Int64,
    name String,
    colour Int64,
    position Int64,
    revision UInt64
) engine = MergeTree order by (workspace, revision, channel)
settings fsync_after_insert = 1, fsync_part_directory = 1;

create view if not exists channels as
select workspace, channel, parent, top, name, colour, position
from channel_revisions
where channel <> 0 and (workspace, revision) in (
    select workspace, max(revision) from channel_revisions group by workspace
);

-- The zone in whose days a workspace's hits are added up; empty while they are added up anew.
create table if not exists zone_revisions (
    workspace Int64,
    name String,
    revision UInt64
) engine = ReplacingMergeTree(revision) order by workspace
settings fsync_after_insert = 1, fsync_part_directory = 1;

create view if not exists time_zones as
select workspace, name from zone_revisions final where name <> '';

create table if not exists hits_daily (
    workspace Int64,
    day Int64,
    traffic UInt64,
    bot Int64,
    clicks Int64,
    page_views Int64,
    events Int64,
    form_submits Int64,
    engaged_ms Int64,
    visits Int64,
    bounces Int64
) engine = SummingMergeTree(
    (clicks, page_views, events, form_submits, engaged_ms, visits, bounces)
)
order by (workspace, day, traffic, bot)
settings non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1;

create table if not exists staged_daily (
    workspace Int64,
    day Int64,
    traffic UInt64,
    bot Int64,
    clicks Int64,
    page_views Int64,
    events Int64,
    form_submits Int64,
    engaged_ms Int64,
    visits Int64,
    bounces Int64,
    batch UInt64
) engine = MergeTree order by batch
settings fsync_after_insert = 1, fsync_part_directory = 1;
