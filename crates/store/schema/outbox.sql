CREATE TABLE outbox (
    id integer primary key autoincrement,
    fact_id blob not null unique,
    payload blob not null,
    created_at integer not null
) strict;
