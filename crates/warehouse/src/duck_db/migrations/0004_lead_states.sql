-- What leads are from each of their versions on; a question takes the latest it may know of.
create table lead_states (
    workspace bigint not null,
    id_hi ubigint not null,
    id_lo ubigint not null,
    lead bigint not null,
    version bigint not null,
    recorded_ms bigint not null,
    status varchar not null
);
