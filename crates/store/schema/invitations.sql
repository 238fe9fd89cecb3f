CREATE TABLE invitations (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    email text not null,
    role text not null,
    language text not null,
    invited_by integer references users (id),
    created_at integer not null,
    expires_at integer not null, channels text,
    unique (workspace_id, email)
) strict;
