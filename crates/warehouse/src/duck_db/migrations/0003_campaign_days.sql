-- Which source and campaign a label names, in one number that joins quickly; 0 for neither.
alter table labels add column campaign_key ubigint default 0;

update labels
set campaign_key = md5_number_lower(source || chr(1) || campaign)
where source <> '' or campaign <> '';

-- The sums of hits_daily by what their traffic is labelled with: a tenth of the rows, and what
-- the Overview asks for. Derived: whoever changes a label makes the rows anew.
create table campaign_days (
    workspace bigint not null,
    day bigint not null,
    channel bigint,
    subchannel bigint,
    source varchar not null,
    campaign varchar not null,
    campaign_key ubigint not null,
    bot bigint not null,
    clicks bigint not null,
    page_views bigint not null,
    events bigint not null,
    form_submits bigint not null,
    engaged_ms bigint not null,
    visits bigint not null,
    bounces bigint not null
);

insert into campaign_days
select
    d.workspace, d.day, l.channel, l.subchannel,
    coalesce(l.source, ''), coalesce(l.campaign, ''), coalesce(l.campaign_key, 0), d.bot,
    sum(d.clicks), sum(d.page_views), sum(d.events), sum(d.form_submits), sum(d.engaged_ms),
    sum(d.visits), sum(d.bounces)
from hits_daily as d
left join labels as l on l.workspace = d.workspace and l.traffic = d.traffic
group by all
order by all;

-- Days to which batches have added rows since they were added up.
create table unsummed_days (
    day bigint not null
);

insert into unsummed_days
select distinct day from hits_daily;
