CREATE TABLE deal_statuses (
    workspace_id integer not null references workspaces (id),
    status text not null,
    status_group text not null
    check (status_group in ('not_counted', 'in_work', 'paid', 'cancelled')),
    primary key (workspace_id, status)
) strict;
