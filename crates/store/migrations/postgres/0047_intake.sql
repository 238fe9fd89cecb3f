-- The ingest log: what came in at each door and what became of it, minute by minute, later hour by
-- hour. Nodes add up in the same rows.
create table intake_counts (
    -- Zero where nobody knows whose it was.
    workspace_id bigint not null,
    -- When the span began.
    at bigint not null,
    -- How long it is: a minute, or an hour where minutes are not kept any more.
    span_ms bigint not null,
    -- Zero where it is of no site.
    site_id bigint not null,
    door text collate "C" not null,
    -- `in`, `stored`, or why it was dropped.
    outcome text collate "C" not null,
    count bigint not null check (count > 0),
    constraint intake_counts__outcome
        primary key (workspace_id, at, span_ms, site_id, door, outcome)
);

create index intake_counts_by_age on intake_counts (span_ms, at);

-- A process that counts: what it writes down counts once, and one that was killed is known.
create table intake_runs (
    run text collate "C" not null primary key,
    node text collate "C" not null,
    began_at bigint not null,
    -- Of the newest counts that were written.
    sequence bigint not null,
    written_at bigint not null,
    -- When it said that all of it is written; null while it runs, and after a kill.
    ended_at bigint
);
