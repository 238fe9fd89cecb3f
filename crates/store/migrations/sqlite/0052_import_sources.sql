-- Where files are taken from regularly, and by which saved mapping they are read. The value of a
-- header that is sent along is kept with the other secrets.
create table import_sources (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    mapping_id integer not null,
    place text not null check (place in ('url', 'folder')),
    -- An address, or a folder below the one that the configuration opens.
    location text not null,
    -- Empty where none is sent along.
    header_name text not null,
    every text not null check (every in ('hour', 'day')),
    -- Of a day: minutes after its midnight.
    at_minute integer not null,
    -- When it is read next; null while it is off.
    due_at integer,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, mapping_id) references import_mappings (workspace_id, id)
) strict;
create index import_sources_by_due on import_sources (due_at);

-- What became of each look at a source: of a folder, one for each file.
create table import_runs (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    source_id integer not null,
    started_at integer not null,
    ended_at integer,
    state text not null check (state in ('reading', 'imported', 'unchanged', 'failed')),
    file_name text not null,
    -- Of the file's content and what it was read by; and by what a file of a folder is known again.
    digest blob,
    size_bytes integer,
    modified_at integer,
    import_id integer,
    -- Why nothing came of it; empty where something did.
    code text not null,
    detail text not null,
    foreign key (workspace_id, source_id) references import_sources (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create index import_runs_by_source on import_runs (workspace_id, source_id, started_at, id);
