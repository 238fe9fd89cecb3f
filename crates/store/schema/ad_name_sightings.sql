CREATE TABLE ad_entity_names (
    workspace_id integer not null references workspaces (id),
    source text not null,
    level text not null check (level in ('campaign', 'ad_group', 'ad', 'keyword')),
    external_id text not null,
    name text not null,
    first_seen_at integer not null,
    last_seen_at integer not null,
    primary key (workspace_id, source, level, external_id, name)
) strict;
