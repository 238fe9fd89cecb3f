-- Visitors whose rows come under a pseudonym once their batch is committed.
create table if not exists erasing (
    workspace Int64,
    visitor UInt64,
    pseudonym UInt64,
    visits UInt64,
    until_ms Int64,
    batch UInt64
) engine = MergeTree order by batch
settings fsync_after_insert = 1, fsync_part_directory = 1;
