CREATE TABLE exchange_rate_tables (
    workspace_id integer not null primary key references workspaces (id),
    version integer not null
) strict;
