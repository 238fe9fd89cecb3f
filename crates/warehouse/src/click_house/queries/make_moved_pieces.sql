-- Pieces of a file's tables that are here; the row of no table says which file it is.
create table if not exists moved_pieces (
    moved String,
    mark String,
    until_row Int64,
    batch UInt64
) engine = MergeTree order by (moved, until_row)
settings fsync_after_insert = 1, fsync_part_directory = 1
