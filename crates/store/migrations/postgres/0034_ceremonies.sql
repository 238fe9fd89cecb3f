-- What strangers begin goes along with their browsers, sealed: their networks are not counted any
-- more. What is under way lives for minutes.
drop table ceremonies;

-- What a browser has begun and ends with its next request, and what was ended: once, and soon.
create table ceremonies (
    -- Hash of what only that browser can show.
    browser_hash bytea primary key,
    -- Empty where it is kept only that it was ended.
    state text collate "C" not null,
    expires_at bigint not null
);

create index ceremonies_by_expiry on ceremonies (expires_at);
