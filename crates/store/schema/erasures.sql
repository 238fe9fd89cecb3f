CREATE TABLE erasures (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    requested_at integer not null,
    author_id integer references users (id),
    -- The work that comes next: 'records', 'facts', 'journal', 'bytes'; 'done' when there is none.
    step text not null,
    -- What was recorded until this moment is erased; null before the first step.
    until_ms integer,
    -- Records and visitors that are being erased; empty once it is done.
    subject text not null,
    -- What was taken out and what was kept, in numbers.
    counts text not null,
    finished_at integer,
    error text
) strict;

CREATE INDEX erasures_by_time on erasures (workspace_id, requested_at, id);

CREATE INDEX erasures_open on erasures (id) where finished_at is null;
