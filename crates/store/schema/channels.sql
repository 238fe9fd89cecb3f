CREATE TABLE channels (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    parent_id integer,
    name text not null,
    kind text not null,
    position integer not null,
    created_at integer not null,
    archived_at integer,
    version integer not null, colour integer not null default 0 check (colour between 0 and 19),
    unique (workspace_id, id),
    foreign key (workspace_id, parent_id) references channels (workspace_id, id)
) strict;

CREATE UNIQUE INDEX channels__name on channels (workspace_id, coalesce(parent_id, 0), name)
where archived_at is null;
