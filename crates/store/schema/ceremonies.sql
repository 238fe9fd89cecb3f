CREATE TABLE ceremonies (
    -- Hash of what only that browser can show.
    browser_hash blob primary key,
    -- Address with its last part cut off.
    network text not null,
    state text not null,
    expires_at integer not null
) strict;

CREATE INDEX ceremonies_by_expiry on ceremonies (expires_at);

CREATE INDEX ceremonies_by_network on ceremonies (network, expires_at);
