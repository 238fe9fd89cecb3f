CREATE TABLE leads (
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
    version integer not null, sold_at integer, assignee_id integer references users (id), responsible text not null default '',
    unique (workspace_id, id),
    foreign key (workspace_id, duplicate_of) references leads (workspace_id, id),
    foreign key (workspace_id, person_id) references persons (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE UNIQUE INDEX leads__external_id on leads (workspace_id, external_id)
where archived_at is null;

CREATE INDEX leads_by_assignee on leads (workspace_id, assignee_id, at, id)
where assignee_id is not null;

CREATE INDEX leads_by_duplicate on leads (workspace_id, duplicate_of)
where duplicate_of is not null;

CREATE INDEX leads_by_email on leads (workspace_id, email_norm, at) where email_norm is not null;

CREATE INDEX leads_by_import on leads (workspace_id, import_id) where import_id is not null;

CREATE INDEX leads_by_person on leads (workspace_id, person_id) where person_id is not null;

CREATE INDEX leads_by_phone on leads (workspace_id, phone_e164, at) where phone_e164 is not null;

CREATE INDEX leads_by_request on leads (request_id) where request_id is not null;

CREATE INDEX leads_by_time on leads (workspace_id, at, id);

CREATE INDEX leads_clicked on leads (workspace_id, at, id)
where visitor_id is null and archived_at is null and fields like '%"click_id"%';

CREATE INDEX leads_waiting on leads (workspace_id, at, id)
where link_method = 'waiting' and archived_at is null;
