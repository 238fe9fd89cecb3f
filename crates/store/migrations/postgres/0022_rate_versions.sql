-- Which version the rates of a workspace are: whoever changes them names the one they read.
create table exchange_rate_tables (
    workspace_id bigint not null primary key references workspaces (id),
    version bigint not null
);
