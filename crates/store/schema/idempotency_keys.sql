CREATE TABLE idempotency_keys (
    workspace_id integer not null references workspaces (id),
    key text not null,
    request_hash blob not null,
    response_status integer,
    response_body blob,
    created_at integer not null, worked integer not null default 0, made integer,
    primary key (workspace_id, key)
) strict;

CREATE INDEX idempotency_keys_by_age on idempotency_keys (created_at);
