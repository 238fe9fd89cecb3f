CREATE TABLE nodes (
    name text not null primary key,
    -- The id of its data folder: no other folder ever has the name.
    folder text not null,
    -- What it does, separated by commas.
    roles text not null,
    -- Where other nodes reach it; empty where they need not.
    address text not null,
    version text not null,
    seen_at integer not null,
    -- Where its journal ended when it stopped; null while it runs.
    stopped_segment integer,
    stopped_offset integer,
    -- Since when nobody waits for it any more.
    gone_at integer
, is_unswept integer not null default 0 check (is_unswept in (0, 1))) strict;
