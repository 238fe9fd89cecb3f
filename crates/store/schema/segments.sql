CREATE TABLE segments (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    -- Filters, a list in JSON.
    filters text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id)
) strict;

CREATE INDEX segments_by_time on segments (workspace_id, created_at, id);
