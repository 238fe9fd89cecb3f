CREATE TABLE audit_entries (
    workspace_id integer not null references workspaces (id),
    seq integer not null,
    at integer not null,
    actor_kind text not null,
    actor_id integer,
    actor_name text not null,
    network text not null,
    act text not null,
    object text not null,
    details text not null,
    seal blob not null, key_id integer, key_name text,
    primary key (workspace_id, seq)
) strict;

CREATE INDEX audit_entries_by_time on audit_entries (workspace_id, at, seq);
