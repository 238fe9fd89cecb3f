CREATE TABLE payments (
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

CREATE UNIQUE INDEX payments__external_id on payments (workspace_id, external_id)
where archived_at is null;

CREATE INDEX payments_by_deal on payments (workspace_id, deal_id, at, id);

CREATE INDEX payments_by_import on payments (workspace_id, import_id) where import_id is not null;

CREATE INDEX payments_by_time on payments (workspace_id, at, id);
