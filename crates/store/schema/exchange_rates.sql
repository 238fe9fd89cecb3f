CREATE TABLE exchange_rates (
    workspace_id integer not null references workspaces (id),
    from_currency text not null,
    to_currency text not null,
    day integer not null,
    rate text not null,
    nominal integer not null check (nominal > 0),
    primary key (workspace_id, from_currency, to_currency, day)
) strict;
