CREATE TABLE ceremonies (
    -- Hash of what only that browser can show.
    browser_hash blob primary key,
    -- Empty where it is kept only that it was ended.
    state text not null,
    expires_at integer not null
) strict;

CREATE INDEX ceremonies_by_expiry on ceremonies (expires_at);
