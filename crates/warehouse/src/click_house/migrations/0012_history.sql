-- What other tools counted on the days before: numbers without people. What a file does not tell is
-- null.
create table if not exists history (
    workspace Int64,
    id_hi UInt64,
    id_lo UInt64,
    day Int64,
    recorded_ms Int64,
    import Int64,
    site Int64,
    tool LowCardinality(String),
    split LowCardinality(String),
    traffic UInt64,
    value String,
    visitors Nullable(Int64),
    visits Nullable(Int64),
    page_views Nullable(Int64),
    bounces Nullable(Int64),
    lasted_ms Nullable(Int64),
    events Nullable(Int64),
    batch UInt64 codec(DoubleDelta, ZSTD),
    index id_lo id_lo type bloom_filter granularity 4,
    index batch batch type minmax granularity 8
) engine = MergeTree order by (workspace, day, split, id_hi, id_lo)
settings fsync_after_insert = 1, fsync_part_directory = 1;
