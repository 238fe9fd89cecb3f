CREATE TABLE leases (
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
