CREATE TABLE memberships (
    workspace_id integer not null references workspaces (id),
    user_id integer not null references users (id),
    role text not null,
    created_at integer not null, version integer not null default 1, reach text check (reach in ('own', 'team', 'all')), channels text,
    primary key (workspace_id, user_id)
) strict;

CREATE INDEX memberships_by_user on memberships (user_id, workspace_id);
