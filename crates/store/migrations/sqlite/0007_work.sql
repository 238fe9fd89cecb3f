-- The bridge to the facts, and work to be done.

create table outbox (
    id integer primary key autoincrement,
    fact_id blob not null unique,
    payload blob not null,
    created_at integer not null
) strict;

create table jobs (
    id integer primary key autoincrement,
    workspace_id integer references workspaces (id),
    kind text not null,
    payload text not null,
    run_after integer not null,
    lease_until integer,
    attempts integer not null,
    last_error text,
    created_at integer not null,
    failed_at integer
) strict;
create index jobs_due on jobs (run_after, id) where failed_at is null;
