-- What other tools counted on the days before: numbers without people. What a file does not tell is
-- null.
create table history (
    workspace bigint not null,
    id_hi ubigint not null,
    id_lo ubigint not null,
    day bigint not null,
    recorded_ms bigint not null,
    import bigint not null,
    site bigint not null,
    tool varchar not null,
    split varchar not null,
    traffic ubigint not null,
    value varchar not null,
    visitors bigint,
    visits bigint,
    page_views bigint,
    bounces bigint,
    lasted_ms bigint,
    events bigint
);
