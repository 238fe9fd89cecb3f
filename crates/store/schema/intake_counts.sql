CREATE TABLE intake_counts (
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

CREATE INDEX intake_counts_by_age on intake_counts (span_ms, at);
