CREATE TABLE passkeys (
    id integer primary key autoincrement,
    user_id integer not null references users (id) on delete cascade,
    -- What devices know the person by; the same for all passkeys of one.
    user_handle text not null,
    credential_id blob not null unique,
    -- The public key, how often it was used, and what else its device says of it; JSON.
    credential text not null,
    name text not null,
    created_at integer not null,
    last_used_at integer,
    version integer not null
) strict;

CREATE INDEX passkeys_by_user on passkeys (user_id, id);
