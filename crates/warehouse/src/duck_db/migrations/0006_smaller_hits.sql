-- What a hit's other columns say already is kept as the difference, which is mostly zero: the id
-- of a hit that was given its id here, the time until it was recorded, the age of its visit.
create table smaller_hits (
    workspace bigint not null,
    -- The id derived from the sender's own id; otherwise 0 and the mark that makes the id together
    -- with at_ms and visit.
    id_hi ubigint not null,
    id_lo ubigint not null,
    kind varchar not null,
    at_ms bigint not null,
    -- From at_ms until the fact was recorded.
    delay_ms bigint not null,
    seq bigint not null,
    site bigint,
    link bigint,
    visitor ubigint not null,
    visit ubigint not null,
    -- From the start of the visit until at_ms.
    visit_age_ms bigint not null,
    traffic ubigint not null,
    page_host varchar not null,
    page_path varchar not null,
    page_title varchar not null,
    name varchar not null,
    properties varchar not null,
    device varchar not null,
    browser varchar not null,
    os varchar not null,
    country varchar not null,
    bot varchar not null,
    engaged_ms bigint not null,
    scroll_percent bigint not null,
    revenue_micros bigint,
    revenue_currency varchar not null,
    click_ids varchar not null using compression zstd
);

insert into smaller_hits
select
    workspace,
    case when is_stamped then 0 else id_hi end,
    case when is_stamped then id_hi & 65535 else id_lo end,
    kind, at_ms, recorded_ms - at_ms, seq, site, link, visitor, visit, at_ms - visit_at_ms,
    traffic, page_host, page_path, page_title, name, properties, device, browser, os, country,
    bot, engaged_ms, scroll_percent, revenue_micros, revenue_currency, click_ids
from (select *, id_lo = visit and id_hi >> 16 = at_ms as is_stamped from hits) as old;

drop table hits;

alter table smaller_hits rename to hits;

create table smaller_visits (
    workspace bigint not null,
    visit ubigint not null,
    visitor ubigint not null,
    at_ms bigint not null,
    traffic ubigint not null,
    site bigint,
    link bigint,
    page_host varchar not null,
    page_path varchar not null,
    device varchar not null,
    browser varchar not null,
    os varchar not null,
    country varchar not null,
    bot varchar not null,
    visits bigint not null,
    bounces bigint not null,
    opening bigint not null,
    -- From at_ms until the fact was recorded.
    delay_ms bigint not null
);

insert into smaller_visits
select * exclude (recorded_ms), recorded_ms - at_ms from visits;

drop table visits;

alter table smaller_visits rename to visits;
