CREATE TABLE conversion_batches (
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
    version integer not null, conversion text not null default '',
    unique (workspace_id, id),
    foreign key (workspace_id, target_id) references conversion_targets (workspace_id, id)
) strict;

CREATE INDEX conversion_batches_by_time on conversion_batches (workspace_id, created_at, id);
