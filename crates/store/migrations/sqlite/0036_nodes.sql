-- Processes that work on one store, each with a data folder of its own.
create table nodes (
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
) strict;

-- Who does what only one node may do at a time.
create table leases (
    name text not null primary key,
    -- The data folder's id; empty when it was given back.
    holder text not null,
    -- Counts the holders: what an earlier one still writes is refused.
    fence integer not null,
    -- Goes up while the holder lives.
    beat integer not null,
    -- What the holder tells the others, in milliseconds.
    told integer not null
) strict;
