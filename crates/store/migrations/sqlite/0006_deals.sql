-- What they bought.

create table deals (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    external_id text not null,
    title text not null,
    status text not null,
    amount_micros integer not null,
    cost_of_goods_micros integer not null,
    currency text not null,
    created_at integer not null,
    paid_at integer,
    recorded_at integer not null,
    lead_id integer,
    visitor_id integer,
    visit_id integer,
    person_id integer,
    link_method text not null,
    declared text,
    traffic_key integer,
    import_id integer,
    search text not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id),
    foreign key (workspace_id, person_id) references persons (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create unique index deals__external_id on deals (workspace_id, external_id)
where archived_at is null;
create index deals_by_time on deals (workspace_id, created_at, id);
create index deals_by_lead on deals (workspace_id, lead_id) where lead_id is not null;
create index deals_by_person on deals (workspace_id, person_id) where person_id is not null;
create index deals_by_status on deals (workspace_id, status, id);
create index deals_by_import on deals (workspace_id, import_id) where import_id is not null;

create table deal_history (
    id integer primary key autoincrement,
    workspace_id integer not null,
    deal_id integer not null,
    at integer not null,
    recorded_at integer not null,
    field text not null,
    old_value text,
    new_value text,
    author_id integer references users (id),
    import_id integer,
    foreign key (workspace_id, deal_id) references deals (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create index deal_history_by_deal on deal_history (workspace_id, deal_id, at, id);

-- What was already posted of a deal as facts, line by line and in sum: the next posting is the
-- difference.
create table deal_posted (
    workspace_id integer not null,
    deal_id integer not null,
    deals integer not null,
    sales integer not null,
    customers integer not null,
    revenue_micros integer not null,
    vat_micros integer not null,
    refunds_micros integer not null,
    cost_of_goods_micros integer not null,
    postings integer not null,
    book text not null,
    primary key (workspace_id, deal_id),
    foreign key (workspace_id, deal_id) references deals (workspace_id, id)
) strict;

create table payments (
    id integer primary key autoincrement,
    workspace_id integer not null,
    external_id text not null,
    deal_id integer not null,
    at integer not null,
    recorded_at integer not null,
    amount_micros integer not null,
    currency text not null,
    kind text not null check (kind in ('payment', 'refund', 'chargeback')),
    import_id integer,
    archived_at integer,
    version integer not null,
    foreign key (workspace_id, deal_id) references deals (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create unique index payments__external_id on payments (workspace_id, external_id)
where archived_at is null;
create index payments_by_deal on payments (workspace_id, deal_id, at, id);
create index payments_by_time on payments (workspace_id, at, id);
create index payments_by_import on payments (workspace_id, import_id) where import_id is not null;

create table deal_status_maps (
    workspace_id integer not null primary key references workspaces (id),
    version integer not null
) strict;

create table deal_statuses (
    workspace_id integer not null references workspaces (id),
    status text not null,
    status_group text not null
    check (status_group in ('not_counted', 'in_work', 'paid', 'cancelled')),
    primary key (workspace_id, status)
) strict;
