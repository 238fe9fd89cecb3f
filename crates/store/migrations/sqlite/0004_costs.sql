-- Costs as files and people declare them.

-- An import says: for this platform and source, from the first to the last day, these rows are all
-- there is. A later declaration speaks over an earlier one on the days that both cover.
create table cost_declarations (
    id integer primary key autoincrement,
    workspace_id integer not null,
    import_id integer not null,
    platform text not null,
    source text not null,
    first_day integer not null,
    last_day integer not null check (last_day >= first_day),
    created_at integer not null,
    undone_at integer,
    unique (workspace_id, id),
    unique (import_id, platform, source),
    foreign key (workspace_id, import_id) references imports (workspace_id, id)
) strict;
create index cost_declarations_by_scope
on cost_declarations (workspace_id, platform, source, last_day) where undone_at is null;

create table cost_rows (
    id integer primary key autoincrement,
    workspace_id integer not null,
    declaration_id integer not null,
    day integer not null,
    source text not null,
    medium text not null,
    campaign text not null,
    ad_group text not null,
    ad text not null,
    keyword text not null,
    click_id text,
    referrer text not null,
    default_channel text not null,
    traffic_key integer not null,
    channel_id integer,
    impressions integer not null,
    clicks integer not null,
    cost_micros integer not null,
    vat_micros integer not null,
    original_micros integer not null,
    original_currency text not null,
    foreign key (workspace_id, declaration_id) references cost_declarations (workspace_id, id)
) strict;
create index cost_rows_by_declaration on cost_rows (workspace_id, declaration_id, day, id);
create index cost_rows_by_day on cost_rows (workspace_id, day, id);

-- Amounts that a declaration leaves to the one before it, on days where it could not be read in
-- full.
create table cost_gaps (
    workspace_id integer not null,
    declaration_id integer not null,
    day integer not null,
    traffic_key integer not null,
    original_currency text not null,
    primary key (workspace_id, declaration_id, day, traffic_key, original_currency),
    foreign key (workspace_id, declaration_id) references cost_declarations (workspace_id, id)
) strict;

create table manual_costs (
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
    version integer not null,
    foreign key (workspace_id, channel_id) references channels (workspace_id, id)
) strict;
create index manual_costs_by_workspace on manual_costs (workspace_id, id);

create table exchange_rates (
    workspace_id integer not null references workspaces (id),
    from_currency text not null,
    to_currency text not null,
    day integer not null,
    rate text not null,
    nominal integer not null check (nominal > 0),
    primary key (workspace_id, from_currency, to_currency, day)
) strict;
