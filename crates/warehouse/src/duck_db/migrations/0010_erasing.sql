-- Visitors whose rows come under a pseudonym, while that is being done; empty otherwise.
create table erasing (
    workspace bigint not null,
    visitor ubigint not null,
    pseudonym ubigint not null,
    -- What their visits are combined with by "exclusive or".
    visits ubigint not null,
    -- What was recorded later stays as it is.
    until_ms bigint not null
);
