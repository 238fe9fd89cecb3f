-- Where visits are collected and how they are labelled.

create table sites (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    public_key text not null unique,
    name text not null,
    domain text not null,
    allowed_hosts text not null,
    consent_mode text not null check (consent_mode in ('cookie', 'cookieless', 'ask')),
    script_path text not null unique,
    events_path text not null unique,
    settings text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null
) strict;
create index sites_by_workspace on sites (workspace_id, id);

create table links (
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
create index links_by_workspace on links (workspace_id, created_at, id);

create table channels (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    parent_id integer,
    name text not null,
    kind text not null,
    colour integer not null check (colour between 0 and 9),
    position integer not null,
    created_at integer not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, parent_id) references channels (workspace_id, id)
) strict;
create unique index channels__name on channels (workspace_id, coalesce(parent_id, 0), name)
where archived_at is null;

create table channel_rule_versions (
    workspace_id integer not null references workspaces (id),
    version integer not null,
    rules text not null,
    author_id integer references users (id),
    note text not null,
    created_at integer not null,
    primary key (workspace_id, version)
) strict;

create table channel_rules (
    workspace_id integer not null primary key references workspaces (id),
    version integer not null,
    foreign key (workspace_id, version) references channel_rule_versions (workspace_id, version)
) strict;

create table ad_entity_names (
    workspace_id integer not null references workspaces (id),
    source text not null,
    level text not null check (level in ('campaign', 'ad_group', 'ad', 'keyword')),
    external_id text not null,
    name text not null,
    first_seen_at integer not null,
    last_seen_at integer not null,
    primary key (workspace_id, source, level, external_id, name)
) strict;
