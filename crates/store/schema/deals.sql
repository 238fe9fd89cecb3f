CREATE TABLE deals (
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
    version integer not null, assignee_id integer references users (id), responsible text not null default '',
    unique (workspace_id, id),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id),
    foreign key (workspace_id, person_id) references persons (workspace_id, id),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;

CREATE UNIQUE INDEX deals__external_id on deals (workspace_id, external_id)
where archived_at is null;

CREATE INDEX deals_by_assignee on deals (workspace_id, assignee_id, created_at, id)
where assignee_id is not null;

CREATE INDEX deals_by_import on deals (workspace_id, import_id) where import_id is not null;

CREATE INDEX deals_by_lead on deals (workspace_id, lead_id) where lead_id is not null;

CREATE INDEX deals_by_person on deals (workspace_id, person_id) where person_id is not null;

CREATE INDEX deals_by_status on deals (workspace_id, status, id);

CREATE INDEX deals_by_time on deals (workspace_id, created_at, id);

CREATE INDEX deals_waiting on deals (workspace_id, created_at, id)
where link_method = 'waiting' and archived_at is null and lead_id is null;
