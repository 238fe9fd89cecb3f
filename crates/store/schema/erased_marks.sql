CREATE TABLE erased_marks (
    workspace_id integer not null references workspaces (id),
    kind text not null check (kind in ('phone', 'email', 'visitor')),
    digest blob not null,
    erasure_id integer not null references erasures (id),
    until_ms integer not null,
    primary key (workspace_id, kind, digest, erasure_id)
) strict;
