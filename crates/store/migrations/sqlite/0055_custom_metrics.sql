-- Metrics that a workspace defines by formulas over the catalogue's.
create table custom_metrics (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    -- Empty for none.
    description text not null,
    -- As it reads back: keys of the catalogue, numbers, signs and brackets.
    formula text not null,
    format text not null check (
        format in ('count', 'money', 'number', 'percent', 'duration', 'days')
    ),
    direction text not null check (direction in ('up', 'down', 'neutral')),
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id)
) strict;
create index custom_metrics_by_time on custom_metrics (workspace_id, created_at, id);
