-- What ad platforms are told of leads and sales: under which name, in which files, row by row.
create table conversion_targets (
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

create index conversion_targets_by_time on conversion_targets (workspace_id, created_at, id);

create table conversion_batches (
    id integer primary key autoincrement,
    workspace_id integer not null,
    target_id integer not null,
    kind text not null check (kind in ('conversions', 'adjustments')),
    -- What stands above the rows of the file.
    head text not null,
    rows integer not null,
    sum_micros integer not null,
    currency text not null,
    -- What was left out of the file, by reason.
    left_out text not null,
    author_id integer references users (id),
    created_at integer not null,
    state text not null check (state in ('made', 'uploaded', 'taken_back')),
    state_at integer not null,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, target_id) references conversion_targets (workspace_id, id)
) strict;

create index conversion_batches_by_time on conversion_batches (workspace_id, created_at, id);

create table conversion_rows (
    id integer primary key autoincrement,
    workspace_id integer not null,
    batch_id integer not null,
    target_id integer not null,
    event text not null,
    -- A lead, or the deal of a sale.
    record_id integer not null,
    -- 0 for the conversion, then one for each time that it was put right.
    seq integer not null,
    kind text not null check (kind in ('conversion', 'restate', 'retract')),
    at integer not null,
    click_at integer not null,
    value_micros integer,
    currency text not null,
    -- As it stands in the file; empty once the person is erased or the click is too old to be kept.
    line text not null,
    foreign key (workspace_id, batch_id) references conversion_batches (workspace_id, id)
) strict;

create unique index conversion_rows__seq
on conversion_rows (workspace_id, target_id, event, record_id, seq);

create index conversion_rows_by_batch on conversion_rows (workspace_id, batch_id, id);
