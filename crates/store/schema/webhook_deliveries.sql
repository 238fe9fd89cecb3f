CREATE TABLE webhook_deliveries (
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

CREATE INDEX webhook_deliveries_by_due on webhook_deliveries (due_at, webhook_id, id);

CREATE INDEX webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, created_at, id);
