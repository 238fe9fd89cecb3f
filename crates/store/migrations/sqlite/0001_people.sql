-- Who works here.
--
-- Conventions: ids and times are 64-bit integers, times are UTC milliseconds, days are days since
-- 1970-01-01, money is in micro-units, shares are in basis points, exchange rates are decimals as
-- they were written, JSON is text.

create table meta (
    key text not null primary key,
    value blob not null
) strict;

create table workspaces (
    id integer primary key autoincrement,
    name text not null,
    time_zone text not null,
    currency text not null,
    week_start text not null check (week_start in ('monday', 'sunday')),
    vat_mode text not null check (vat_mode in ('net', 'gross')),
    vat_rate_bp integer not null,
    default_country text not null,
    lead_dedupe_days integer not null,
    settings text not null,
    created_at integer not null,
    version integer not null
) strict;

create table users (
    id integer primary key autoincrement,
    email text not null unique,
    name text not null,
    language text not null,
    password_hash text not null,
    created_at integer not null,
    version integer not null
) strict;

create table memberships (
    workspace_id integer not null references workspaces (id),
    user_id integer not null references users (id),
    role text not null,
    created_at integer not null,
    primary key (workspace_id, user_id)
) strict;
create index memberships_by_user on memberships (user_id, workspace_id);

create table sessions (
    id integer primary key autoincrement,
    user_id integer not null references users (id),
    token_hash blob not null unique,
    created_at integer not null,
    last_used_at integer not null,
    expires_at integer not null,
    user_agent text not null,
    ip_trunc text not null
) strict;
create index sessions_by_user on sessions (user_id, id);
create index sessions_by_expiry on sessions (expires_at);

create table login_attempts (
    bucket text not null primary key,
    failures integer not null,
    started_at integer not null
) strict;
create index login_attempts_by_start on login_attempts (started_at);

create table api_keys (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    prefix text not null,
    key_hash blob not null unique,
    scopes text not null,
    created_at integer not null,
    last_used_at integer,
    revoked_at integer
) strict;
create index api_keys_by_workspace on api_keys (workspace_id, id);

create table idempotency_keys (
    workspace_id integer not null references workspaces (id),
    key text not null,
    request_hash blob not null,
    response_status integer,
    response_body blob,
    created_at integer not null,
    primary key (workspace_id, key)
) strict;
create index idempotency_keys_by_age on idempotency_keys (created_at);
