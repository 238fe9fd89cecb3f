CREATE TABLE links (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    slug text not null unique,
    name text not null,
    target text not null,
    source text not null,
    medium text not null,
    campaign text not null,
    ad_group text not null,
    ad text not null,
    keyword text not null,
    settings text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null
) strict;

CREATE INDEX links_by_workspace on links (workspace_id, created_at, id);
