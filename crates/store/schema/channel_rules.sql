CREATE TABLE channel_rules (
    workspace_id integer not null primary key references workspaces (id),
    version integer not null,
    foreign key (workspace_id, version) references channel_rule_versions (workspace_id, version)
) strict;
