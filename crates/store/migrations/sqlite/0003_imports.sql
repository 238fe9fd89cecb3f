-- Files and what became of their rows.

create table uploads (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null,
    file_name text not null,
    path text not null,
    size_bytes integer not null,
    created_at integer not null
) strict;
create index uploads_by_age on uploads (created_at);

create table imports (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null,
    file_name text not null,
    content_hash blob not null,
    options text not null,
    author_id integer references users (id),
    state text not null check (state in ('queued', 'running', 'done', 'failed', 'undoing',
        'undone', 'cancelling', 'cancelled')),
    rows_total integer not null,
    rows_done integer not null,
    rows_accepted integer not null,
    rows_rejected integer not null,
    rows_changed integer not null,
    rows_unchanged integer not null,
    rows_kept integer not null,
    first_day integer,
    last_day integer,
    amount_micros integer,
    currency text,
    effects text,
    error text,
    created_at integer not null,
    finished_at integer,
    unique (workspace_id, id)
) strict;
create index imports_by_time on imports (workspace_id, created_at, id);
create index imports_by_content on imports (workspace_id, content_hash);

create table import_rejections (
    id integer primary key autoincrement,
    workspace_id integer not null,
    import_id integer not null,
    row integer not null,
    field text,
    code text not null,
    detail text not null,
    cells text not null,
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create index import_rejections_by_import on import_rejections (workspace_id, import_id, row, id);

-- What an import says of a record, field by field, with what was there before: its layer.
create table import_touches (
    workspace_id integer not null,
    import_id integer not null,
    kind text not null check (kind in ('leads', 'deals', 'payments')),
    record_id integer not null,
    at integer not null,
    is_creator integer not null check (is_creator in (0, 1)),
    said text not null,
    -- Why taking the import back has left the record as it is.
    kept text,
    primary key (workspace_id, kind, record_id, import_id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create index import_touches_by_import on import_touches (workspace_id, import_id, record_id);
