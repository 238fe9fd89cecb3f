-- Requests of people to be erased, and what has become of them. What says who it was is not kept
-- longer than the work takes.
create table erasures (
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

create index erasures_by_time on erasures (workspace_id, requested_at, id);

create index erasures_open on erasures (id) where finished_at is null;

-- Records that nobody is behind any more.
create table erased_records (
    workspace_id integer not null references workspaces (id),
    kind text not null check (kind in ('lead', 'deal')),
    record_id integer not null,
    erasure_id integer not null references erasures (id),
    primary key (workspace_id, kind, record_id)
) strict;

-- By what the program knows an erased person again without knowing who it was: digests by a key.
create table erased_marks (
    workspace_id integer not null references workspaces (id),
    kind text not null check (kind in ('phone', 'email', 'visitor')),
    digest blob not null,
    erasure_id integer not null references erasures (id),
    until_ms integer not null,
    primary key (workspace_id, kind, digest, erasure_id)
) strict;
