CREATE TABLE uploads (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null,
    file_name text not null,
    path text not null,
    size_bytes integer not null,
    created_at integer not null
, author_id integer references users (id)) strict;

CREATE INDEX uploads_by_age on uploads (created_at);
