-- What strangers begin goes along with their browsers, sealed: their networks are not counted any
-- more. What is under way lives for minutes.
drop table ceremonies;

-- What a browser has begun and ends with its next request, and what was ended: once, and soon.
create table ceremonies (
    -- Hash of what only that browser can show.
    browser_hash blob primary key,
    -- Empty where it is kept only that it was ended.
    state text not null,
    expires_at integer not null
) strict;

create index ceremonies_by_expiry on ceremonies (expires_at);
