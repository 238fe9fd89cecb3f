CREATE TABLE sessions (
    id integer primary key autoincrement,
    user_id integer not null references users (id),
    token_hash blob not null unique,
    created_at integer not null,
    last_used_at integer not null,
    expires_at integer not null,
    user_agent text not null,
    ip_trunc text not null
, proved_at integer not null default 0, signed_in_by text not null default 'password') strict;

CREATE INDEX sessions_by_expiry on sessions (expires_at);

CREATE INDEX sessions_by_user on sessions (user_id, id);
