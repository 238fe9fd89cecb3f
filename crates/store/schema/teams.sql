CREATE TABLE teams (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    leader_id integer references users (id),
    created_at integer not null,
    version integer not null,
    unique (workspace_id, id)
) strict;

CREATE UNIQUE INDEX teams__name on teams (workspace_id, name);
