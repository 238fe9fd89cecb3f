CREATE TABLE conversion_rows (
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

CREATE UNIQUE INDEX conversion_rows__seq
on conversion_rows (workspace_id, target_id, event, record_id, seq);

CREATE INDEX conversion_rows_by_batch on conversion_rows (workspace_id, batch_id, id);
