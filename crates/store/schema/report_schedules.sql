CREATE TABLE report_schedules (
    id integer primary key autoincrement,
    workspace_id integer not null,
    view_id integer not null,
    -- Who sees the view that is sent.
    author_id integer not null references users (id),
    every text not null check (every in ('day', 'week', 'month')),
    -- Of a week from Monday on, 1 to 7; of a month, 1 to 28; 0 for every day.
    on_day integer not null,
    -- After midnight, in the workspace's zone.
    at_minute integer not null,
    -- Members, a list in JSON.
    recipients text not null,
    is_on integer not null check (is_on in (0, 1)),
    -- When the turn is, and when it is tried next.
    planned_at integer not null,
    due_at integer not null,
    attempts integer not null,
    -- Who has got this turn's, a list in JSON.
    sent_to text not null,
    sent_at integer,
    -- Why the last try came to nothing.
    failure text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null, tells_webhooks integer not null default 0
    check (tells_webhooks in (0, 1)), told_at integer,
    foreign key (workspace_id, view_id) references saved_views (workspace_id, id)
) strict;

CREATE INDEX report_schedules_by_due on report_schedules (is_on, due_at, id);

CREATE INDEX report_schedules_by_time on report_schedules (workspace_id, created_at, id);
