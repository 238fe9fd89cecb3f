-- Labels that others took the place of, for questions about what was known on a past day: each was
-- in force until a moment, and from the end of the one before it.
create table past_labels (
    workspace bigint not null,
    traffic ubigint not null,
    channel bigint,
    subchannel bigint,
    source varchar not null,
    campaign varchar not null,
    ad_group varchar not null,
    ad varchar not null,
    keyword varchar not null,
    version bigint not null,
    campaign_key ubigint not null,
    until_ms bigint not null
);
