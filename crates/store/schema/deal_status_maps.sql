CREATE TABLE deal_status_maps (
    workspace_id integer not null primary key references workspaces (id),
    version integer not null
) strict;
