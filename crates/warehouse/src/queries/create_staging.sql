-- Small tables of the batch at hand, joined with the stored facts; never written to the file.
create temporary table staged_ids (
    id_hi ubigint not null,
    id_lo ubigint not null
);

create temporary table staged_visits (
    workspace bigint not null,
    visit ubigint not null,
    at_ms bigint not null
);

create temporary table staged_touches (
    workspace bigint not null,
    visitor ubigint not null,
    at_ms bigint not null
);

create temporary table staged_visitors (
    workspace bigint not null,
    visitor ubigint not null
);
