CREATE TABLE cost_declarations (
    id integer primary key autoincrement,
    workspace_id integer not null,
    import_id integer not null,
    platform text not null,
    source text not null,
    first_day integer not null,
    last_day integer not null check (last_day >= first_day),
    created_at integer not null,
    undone_at integer,
    unique (workspace_id, id),
    unique (import_id, platform, source),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE INDEX cost_declarations_by_scope
on cost_declarations (workspace_id, platform, source, last_day) where undone_at is null;
