-- People and what they ask for.

create table persons (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    created_at integer not null,
    unique (workspace_id, id)
) strict;

create table identities (
    workspace_id integer not null,
    kind text not null check (kind in ('phone', 'email')),
    value text not null,
    person_id integer not null,
    created_at integer not null,
    primary key (workspace_id, kind, value),
    foreign key (workspace_id, person_id) references persons (workspace_id, id)
) strict;
create index identities_by_person on identities (workspace_id, person_id);

create table lead_requests (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    door text not null,
    body blob not null,
    headers text not null,
    received_at integer not null,
    state text not null check (state in ('received', 'done', 'failed')),
    lead_id integer,
    error text
) strict;
create index lead_requests_open on lead_requests (id) where state = 'received';

create table leads (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    external_id text,
    at integer not null,
    recorded_at integer not null,
    name text not null,
    phone text not null,
    phone_e164 text,
    email text not null,
    email_norm text,
    message text not null,
    fields text not null,
    form text not null,
    page text not null,
    visit_id integer,
    visitor_id integer,
    click_id blob,
    link_method text not null,
    declared text,
    traffic_key integer,
    status text not null,
    duplicate_of integer,
    person_id integer,
    request_id integer references lead_requests (id),
    import_id integer,
    search text not null,
    archived_at integer,
    version integer not null,
    unique (workspace_id, id),
    foreign key (workspace_id, duplicate_of) references leads (workspace_id, id),
    foreign key (workspace_id, person_id) references persons (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create unique index leads__external_id on leads (workspace_id, external_id)
where archived_at is null;
create index leads_by_time on leads (workspace_id, at, id);
create index leads_by_phone on leads (workspace_id, phone_e164, at) where phone_e164 is not null;
create index leads_by_email on leads (workspace_id, email_norm, at) where email_norm is not null;
create index leads_by_person on leads (workspace_id, person_id) where person_id is not null;
create index leads_by_import on leads (workspace_id, import_id) where import_id is not null;
create index leads_by_duplicate on leads (workspace_id, duplicate_of)
where duplicate_of is not null;

create table lead_status_history (
    id integer primary key autoincrement,
    workspace_id integer not null,
    lead_id integer not null,
    at integer not null,
    from_status text,
    to_status text not null,
    author_id integer references users (id),
    import_id integer,
    foreign key (workspace_id, lead_id) references leads (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create index lead_status_history_by_lead on lead_status_history (workspace_id, lead_id, at, id);
