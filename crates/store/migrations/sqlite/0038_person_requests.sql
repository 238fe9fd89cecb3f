-- What people have asked of who keeps data about them, and by when they have to be answered. Who they
-- are is not in it.
create table person_requests (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null check (kind in ('erase', 'show')),
    law text not null,
    -- By what the workspace finds the letter again, such as a ticket's number.
    reference text not null,
    received_day integer not null,
    due_day integer not null,
    author_id integer references users (id),
    created_at integer not null,
    state text not null check (state in ('open', 'done', 'refused')),
    -- Why it was refused.
    reason text not null,
    -- What was done about it, where that was an erasure.
    erasure_id integer references erasures (id),
    closed_at integer,
    version integer not null
) strict;

create index person_requests_by_due on person_requests (workspace_id, state, due_day, id);
