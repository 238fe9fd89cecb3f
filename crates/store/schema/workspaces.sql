CREATE TABLE workspaces (
    id integer primary key autoincrement,
    name text not null,
    time_zone text not null,
    currency text not null,
    week_start text not null check (week_start in ('monday', 'sunday')),
    vat_mode text not null check (vat_mode in ('net', 'gross')),
    vat_rate_bp integer not null,
    default_country text not null,
    lead_dedupe_days integer not null,
    settings text not null,
    created_at integer not null,
    version integer not null
) strict;
