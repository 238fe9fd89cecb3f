CREATE TABLE import_touches (
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

CREATE INDEX import_touches_by_import on import_touches (workspace_id, import_id, record_id);
