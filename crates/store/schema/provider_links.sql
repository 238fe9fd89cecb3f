CREATE TABLE provider_links (
    id integer primary key autoincrement,
    user_id integer not null references users (id) on delete cascade,
    issuer text not null,
    -- What the provider calls the person, for good.
    subject text not null,
    -- What the provider said was their address when it was linked.
    email text not null,
    created_at integer not null,
    last_used_at integer
) strict;

CREATE UNIQUE INDEX provider_links__subject on provider_links (issuer, subject);

CREATE INDEX provider_links_by_user on provider_links (user_id, id);
