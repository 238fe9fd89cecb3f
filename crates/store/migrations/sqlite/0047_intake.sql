-- The ingest log: what came in at each door and what became of it, minute by minute, later hour by
-- hour. Nodes add up in the same rows.
create table intake_counts (
    -- Zero where nobody knows whose it was.
    workspace_id integer not null,
    -- When the span began.
    at integer not null,
    -- How long it is: a minute, or an hour where minutes are not kept any more.
    span_ms integer not null,
    -- Zero where it is of no site.
    site_id integer not null,
    door text not null,
    -- `in`, `stored`, or why it was dropped.
    outcome text not null,
    count integer not null check (count > 0),
    primary key (workspace_id, at, span_ms, site_id, door, outcome)
) strict;

create index intake_counts_by_age on intake_counts (span_ms, at);

-- A process that counts: what it writes down counts once, and one that was killed is known.
create table intake_runs (
    run text not null primary key,
    node text not null,
    began_at integer not null,
    -- Of the newest counts that were written.
    sequence integer not null,
    written_at integer not null,
    -- When it said that all of it is written; null while it runs, and after a kill.
    ended_at integer
) strict;
