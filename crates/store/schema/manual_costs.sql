CREATE TABLE manual_costs (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    name text not null,
    source text not null,
    medium text not null,
    campaign text not null,
    channel_id integer,
    first_day integer not null,
    last_day integer not null check (last_day >= first_day),
    amount_micros integer not null,
    currency text not null,
    per text not null check (per in ('day', 'month', 'once')),
    mark_up_bp integer not null,
    created_at integer not null,
    archived_at integer,
    version integer not null, vat_mode text not null default 'net'
    check (vat_mode in ('net', 'gross')), vat_rate_bp integer not null default 0,
    foreign key (workspace_id, channel_id) references channels (workspace_id, id)
) strict;

CREATE INDEX manual_costs_by_workspace on manual_costs (workspace_id, id);
