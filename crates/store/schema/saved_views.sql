CREATE TABLE saved_views (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    -- Whose it is, where it is not everybody's.
    author_id integer references users (id),
    name text not null,
    screen text not null check (screen in ('reports', 'analytics')),
    is_shared integer not null check (is_shared in (0, 1)),
    is_default integer not null check (is_default in (0, 1)),
    -- The question, in JSON.
    question text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id)
) strict;

CREATE INDEX saved_views_by_time on saved_views (workspace_id, created_at, id);
