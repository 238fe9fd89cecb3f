-- The import that brought a row of these, so that it can be taken out again; null where it came at
-- a door.
alter table hits
add column if not exists import Nullable(Int64) codec(T64, ZSTD) after click_ids;

alter table repeatable_hits
add column if not exists import Nullable(Int64) codec(T64, ZSTD) after id_lo;

alter table visits
add column if not exists import Nullable(Int64) codec(T64, ZSTD) after delay_ms;

alter table touches
add column if not exists import Nullable(Int64) codec(T64, ZSTD) after delay_ms;

-- Imports whose rows go once their batch is committed, and the zone in whose days hits are then
-- added up.
create table if not exists withdrawn (
    workspace Int64,
    import Int64,
    zone String,
    batch UInt64
) engine = MergeTree order by batch
settings fsync_after_insert = 1, fsync_part_directory = 1;
