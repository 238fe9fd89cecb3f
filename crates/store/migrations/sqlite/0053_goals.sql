-- What the visitors of a site are to do.
create table goals (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    site_id integer not null references sites (id),
    name text not null,
    kind text not null check (kind in ('event', 'page')),
    -- The name of an event, or a path; a path that ends in * is where paths begin.
    target text not null,
    -- What an event has to say of one of its properties; empty where nothing is asked of it.
    property text not null,
    property_value text not null,
    -- Of reaching it once without telling money.
    worth_micros integer,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id)
) strict;
create index goals_by_time on goals (workspace_id, created_at, id);
