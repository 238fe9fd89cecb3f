CREATE TABLE imports (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    kind text not null,
    file_name text not null,
    content_hash blob not null,
    options text not null,
    author_id integer references users (id),
    state text not null check (state in ('queued', 'running', 'done', 'failed', 'undoing',
        'undone', 'cancelling', 'cancelled')),
    rows_total integer not null,
    rows_done integer not null,
    rows_accepted integer not null,
    rows_rejected integer not null,
    rows_changed integer not null,
    rows_unchanged integer not null,
    rows_kept integer not null,
    first_day integer,
    last_day integer,
    amount_micros integer,
    currency text,
    effects text,
    error text,
    created_at integer not null,
    finished_at integer, undone_at integer, rows_new integer not null default 0,
    unique (workspace_id, id)
) strict;

CREATE INDEX imports_by_content on imports (workspace_id, content_hash);

CREATE INDEX imports_by_time on imports (workspace_id, created_at, id);
