CREATE TABLE api_keys (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    prefix text not null,
    key_hash blob not null unique,
    scopes text not null,
    created_at integer not null,
    last_used_at integer,
    revoked_at integer
, expires_at integer, service_account_id integer references service_accounts (id)) strict;

CREATE INDEX api_keys_by_workspace on api_keys (workspace_id, id);
