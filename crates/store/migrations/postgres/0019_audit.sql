-- Who did what and when. Rows are only ever added; each is sealed with the one before it.
create table audit_entries (
    workspace_id bigint not null references workspaces (id),
    seq bigint not null,
    at bigint not null,
    actor_kind text collate "C" not null,
    actor_id bigint,
    actor_name text collate "C" not null,
    network text collate "C" not null,
    act text collate "C" not null,
    object text collate "C" not null,
    details text collate "C" not null,
    seal bytea not null,
    constraint audit_entries__seq primary key (workspace_id, seq)
);

create index audit_entries_by_time on audit_entries (workspace_id, at, seq);
