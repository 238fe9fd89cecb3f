-- How files were read, so that those with the same columns are read alike.
create table import_mappings (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null,
    -- Empty where nobody saved it: how files with these columns were imported last.
    name text not null,
    -- Titles of the columns, a list in JSON, and the digest that finds them.
    header text not null,
    fingerprint blob not null,
    -- What was decided about the file, in JSON.
    options text not null,
    created_at integer not null,
    used_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id)
) strict;
create index import_mappings_by_fingerprint on import_mappings (workspace_id, kind, fingerprint);
