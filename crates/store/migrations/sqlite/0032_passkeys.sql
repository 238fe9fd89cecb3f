-- Passkeys: keys on people's devices, each of which signs its person in by itself.
create table passkeys (
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

create index passkeys_by_user on passkeys (user_id, id);

-- What a browser has begun and ends with its next request: taken once, and worth nothing soon.
create table ceremonies (
    -- Hash of what only that browser can show.
    browser_hash blob primary key,
    -- Address with its last part cut off.
    network text not null,
    state text not null,
    expires_at integer not null
) strict;

create index ceremonies_by_expiry on ceremonies (expires_at);

create index ceremonies_by_network on ceremonies (network, expires_at);

-- 'password' or 'passkey'.
alter table sessions add column signed_in_by text not null default 'password';
