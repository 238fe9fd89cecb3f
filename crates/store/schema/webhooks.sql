CREATE TABLE webhooks (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    url text not null,
    -- The kinds of events, a list in JSON.
    topics text not null,
    created_at integer not null,
    disabled_at integer,
    -- Who or what switched it off: 'person', 'gone', 'failing'; empty while it is on.
    disabled_for text not null,
    -- Since when nothing has been taken; null while all is well.
    failing_since integer,
    -- When the secret was last replaced.
    rotated_at integer,
    version integer not null
) strict;

CREATE INDEX webhooks_by_time on webhooks (workspace_id, created_at, id);
