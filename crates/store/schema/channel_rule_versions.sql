CREATE TABLE channel_rule_versions (
    workspace_id integer not null references workspaces (id),
    version integer not null,
    rules text not null,
    author_id integer references users (id),
    note text not null,
    created_at integer not null,
    primary key (workspace_id, version)
) strict;
