CREATE TABLE sites (
    id integer primary key autoincrement,
    workspace_id integer not null references workspaces (id),
    public_key text not null unique,
    name text not null,
    domain text not null,
    allowed_hosts text not null,
    consent_mode text not null check (consent_mode in ('cookie', 'cookieless', 'ask')),
    script_path text not null unique,
    events_path text not null unique,
    settings text not null,
    created_at integer not null,
    archived_at integer,
    version integer not null
, on_campaign_change text not null default 'same_visit'
    check (on_campaign_change in ('same_visit', 'new_visit')), at_midnight text not null default 'same_visit'
    check (at_midnight in ('same_visit', 'new_visit'))) strict;

CREATE INDEX sites_by_workspace on sites (workspace_id, id);
