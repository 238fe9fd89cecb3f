CREATE TABLE persons (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    created_at integer not null,
    unique (workspace_id, id)
) strict;
