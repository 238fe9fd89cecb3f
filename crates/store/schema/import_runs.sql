CREATE TABLE import_runs (
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

CREATE INDEX import_runs_by_source on import_runs (workspace_id, source_id, started_at, id);
