CREATE TABLE intake_runs (
    run text not null primary key,
    node text not null,
    began_at integer not null,
    -- Of the newest counts that were written.
    sequence integer not null,
    written_at integer not null,
    -- When it said that all of it is written; null while it runs, and after a kill.
    ended_at integer
) strict;
