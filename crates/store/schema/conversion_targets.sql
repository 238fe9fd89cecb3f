CREATE TABLE conversion_targets (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    platform text not null,
    event text not null check (event in ('lead', 'qualified_lead', 'sale')),
    -- As the conversion or goal is called there.
    conversion text not null,
    value_kind text not null check (value_kind in ('net', 'gross', 'fixed', 'none')),
    fixed_micros integer not null,
    currency text not null,
    time_zone text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id)
) strict;

CREATE INDEX conversion_targets_by_time on conversion_targets (workspace_id, created_at, id);
