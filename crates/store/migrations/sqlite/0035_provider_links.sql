-- Accounts at a provider of identities that sign people in.
create table provider_links (
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

create unique index provider_links__subject on provider_links (issuer, subject);

create index provider_links_by_user on provider_links (user_id, id);
