CREATE TABLE import_rejections (
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

CREATE INDEX import_rejections_by_import on import_rejections (workspace_id, import_id, row, id);
