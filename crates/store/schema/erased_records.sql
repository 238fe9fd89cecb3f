CREATE TABLE erased_records (
    workspace_id integer not null references workspaces (id),
    kind text not null check (kind in ('lead', 'deal')),
    record_id integer not null,
    erasure_id integer not null references erasures (id),
    primary key (workspace_id, kind, record_id)
) strict;
