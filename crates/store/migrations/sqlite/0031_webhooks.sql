-- Addresses of other programs that are told what happens. Their secrets are kept with the others.
create table webhooks (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    url text not null,
    -- The kinds of events, a list in JSON.
    topics text not null,
    created_at integer not null,
    disabled_at integer,
    -- Who or what switched it off: 'person', 'gone', 'failing'; empty while it is on.
    disabled_for text not null,
    -- Since when nothing has been taken; null while all is well.
    failing_since integer,
    -- When the secret was last replaced.
    rotated_at integer,
    version integer not null
) strict;

create index webhooks_by_time on webhooks (workspace_id, created_at, id);

-- A message for one webhook, with the very bytes that every try sends.
create table webhook_deliveries (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    webhook_id integer not null references webhooks (id) on delete cascade,
    message text not null,
    topic text not null,
    payload text not null,
    created_at integer not null,
    -- When it is tried next; null when it was taken or given up.
    due_at integer,
    attempts integer not null default 0,
    -- Of the last answer; null where there was none.
    status integer,
    failure text not null default '',
    delivered_at integer
) strict;

create index webhook_deliveries_by_due on webhook_deliveries (due_at, webhook_id, id);

create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, created_at, id);
