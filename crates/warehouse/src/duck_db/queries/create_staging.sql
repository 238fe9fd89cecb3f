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

create temporary table staged_credits (
    id_hi ubigint not null,
    id_lo ubigint not null,
    model varchar not null,
    traffic ubigint not null,
    touch_at_ms bigint not null,
    share_micros bigint not null
);

-- Which local day each part of a day of UTC belongs to.
create temporary table staged_days (
    utc_day bigint not null,
    from_ms bigint not null,
    until_ms bigint not null,
    day bigint not null
);

-- Sums of the batch by local day and traffic, as in hits_daily.
create temporary table staged_daily (
    workspace bigint not null,
    day bigint not null,
    traffic ubigint not null,
    bot bigint not null,
    clicks bigint not null,
    page_views bigint not null,
    events bigint not null,
    form_submits bigint not null,
    engaged_ms bigint not null,
    visits bigint not null,
    bounces bigint not null
);

-- Labels without their campaign_key.
create temporary table staged_labels (
    workspace bigint not null,
    traffic ubigint not null,
    channel bigint,
    subchannel bigint,
    source varchar not null,
    campaign varchar not null,
    ad_group varchar not null,
    ad varchar not null,
    keyword varchar not null,
    version bigint not null
);
