CREATE TABLE import_sources (
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

CREATE INDEX import_sources_by_due on import_sources (due_at);
